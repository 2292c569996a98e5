#include "millrace/vis/tensorboard_vis_backend.h"

#include <chrono>
#include <optional>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/vis/event_file.h"

namespace millrace {

namespace {

constexpr size_t kManyEventBytes = 1 << 16;

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

TensorboardVisBackend::~TensorboardVisBackend() {
  try {
    close();
  } catch (const Error&) {  // what is left is lost with the disk that refuses it
  }
}

void TensorboardVisBackend::open(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "vis_data");
  // TensorBoard knows event files by the word in the middle.
  file_.open(folder / "vis_data" / "events.out.tfevents.millrace");
  has_config_ = file_.size_bytes() > 0;
  if (!has_config_) file_.append(events::version_record(wall_time()));
}

void TensorboardVisBackend::add(std::string record) {
  if (!file_.is_open()) file_.open(file_.path());  // a run that was closed may be followed by another call
  records_ += record;
  if (records_.size() >= kManyEventBytes) flush();
}

void TensorboardVisBackend::add_config(const std::string& text) {
  if (std::exchange(has_config_, true)) return;  // of a run that goes on: it is there
  add(events::text_record({wall_time(), 0}, "config", "```python\n" + text + "\n```"));
  flush();
}

void TensorboardVisBackend::add_image(const std::string& name, const RgbImage& image, int64_t step) {
  add(events::image_record({wall_time(), step}, name, image));
}

void TensorboardVisBackend::add_text(const std::string& name, const std::string& text, int64_t step) {
  add(events::text_record({wall_time(), step}, name, text));
}

void TensorboardVisBackend::add_scalars(const ScalarRecord& record, int64_t step) {
  const events::Moment now{wall_time(), step};
  for (const auto& [name, value] : record)
    if (const std::optional<double> number = scalar_of(value))
      add(events::scalar_record(now, name, static_cast<float>(*number)));
}

void TensorboardVisBackend::flush() { file_.append(std::exchange(records_, {})); }

State TensorboardVisBackend::position() const { return file_.is_open() ? State(file_.size_bytes()) : State(); }

void TensorboardVisBackend::rewind(const State& position) {
  if (position.is_none() || !file_.is_open()) return;
  flush();
  file_.cut(position.integer());
}

void TensorboardVisBackend::close() {
  if (!file_.is_open()) return;
  struct Closed {
    AppendFile& file;
    ~Closed() { file.close(); }
  } closed{file_};
  flush();
}

MILLRACE_REGISTER(VisBackend, TensorboardVisBackend);

}  // namespace millrace
