#include "millrace/vis/tensorboard_vis_backend.h"

#include <chrono>
#include <optional>
#include <utility>

#include "millrace/vis/event_file.h"

namespace millrace {

namespace {

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::optional<double> scalar_of(const State& value) {
  switch (value.kind()) {
    case State::Kind::number:
    case State::Kind::integer:
      return value.number();
    case State::Kind::boolean:
      return value.boolean() ? 1 : 0;
    default:
      return std::nullopt;
  }
}

}  // namespace

void TensorboardVisBackend::open(const std::filesystem::path& folder) {
  // TensorBoard knows event files by the word in the middle.
  open_file(folder / "vis_data" / "events.out.tfevents.millrace");
  has_config_ = !is_empty();
  if (!has_config_) add_record(events::version_record(wall_time()));
}

void TensorboardVisBackend::add_config(const std::string& text) {
  if (std::exchange(has_config_, true)) return;  // of a run that goes on: it is there
  add_record(events::text_record({wall_time(), 0}, "config", "```python\n" + text + "\n```"));
  flush();
}

void TensorboardVisBackend::add_image(const std::string& name, const RgbImage& image, int64_t step) {
  add_record(events::image_record({wall_time(), step}, name, image));
}

void TensorboardVisBackend::add_text(const std::string& name, const std::string& text, int64_t step) {
  add_record(events::text_record({wall_time(), step}, name, text));
}

void TensorboardVisBackend::add_scalars(const ScalarRecord& record, int64_t step) {
  const events::Moment now{wall_time(), step};
  for (const auto& [name, value] : record)
    if (const std::optional<double> number = scalar_of(value))
      add_record(events::scalar_record(now, name, static_cast<float>(*number)));
}

MILLRACE_REGISTER(VisBackend, TensorboardVisBackend);

}  // namespace millrace
