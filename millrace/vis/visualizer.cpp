#include "millrace/vis/visualizer.h"

#include <map>
#include <utility>

#include "millrace/base/class_name.h"
#include "millrace/vis/local_vis_backend.h"

namespace millrace {

Visualizer::Visualizer(Options options) {
  for (const auto& backend : options.vis_backends) backends_.push_back(backend.build());
  if (backends_.empty()) backends_.push_back(std::make_shared<LocalVisBackend>());
}

void Visualizer::open(const std::filesystem::path& folder) {
  hand_on_late();
  for (const auto& backend : backends_) {
    backend->close();
    backend->open(folder);
  }
  is_opened_ = true;
}

template <class Call>
void Visualizer::hand_on(Call&& call) {
  if (!is_opened_) return;
  hand_on_late();
  for (const auto& backend : backends_) call(*backend);
}

void Visualizer::add_config(const std::string& text) {
  hand_on([&](VisBackend& backend) { backend.add_config(text); });
}

void Visualizer::add_image(const std::string& name, const RgbImage& image, int64_t step) {
  hand_on([&](VisBackend& backend) { backend.add_image(name, image, step); });
}

void Visualizer::add_text(const std::string& name, const std::string& text, int64_t step) {
  hand_on([&](VisBackend& backend) { backend.add_text(name, text, step); });
}

void Visualizer::add_scalars(const ScalarRecord& record, int64_t step) {
  hand_on([&](VisBackend& backend) { backend.add_scalars(record, step); });
}

void Visualizer::add_scalars_soon(std::function<ScalarRecord()> record, int64_t step) {
  if (is_opened_) late_.push_back({std::move(record), step});
}

void Visualizer::hand_on_late() {
  if (late_.empty()) return;
  for (const Late& late : std::exchange(late_, {})) {
    const ScalarRecord record = late.record();
    for (const auto& backend : backends_) backend->add_scalars(record, late.step);
  }
}

void Visualizer::flush() {
  hand_on([](VisBackend& backend) { backend.flush(); });
}

std::optional<std::filesystem::path> Visualizer::scalars_file() {
  flush();
  if (!is_opened_) return std::nullopt;
  for (const auto& backend : backends_)
    if (auto file = backend->scalars_file(); file && std::filesystem::exists(*file)) return file;
  return std::nullopt;
}

State Visualizer::positions() {
  flush();
  State positions = State::dict();
  const std::vector<std::string> names = backend_names();
  for (size_t i = 0; i < backends_.size(); ++i) positions[names[i]] = backends_[i]->position();
  return positions;
}

void Visualizer::rewind(const State& positions) {
  std::vector<const State*> of_backend;
  if (positions.is_sequence()) {
    if (positions.items().size() != backends_.size()) return;
    for (const State& position : positions.items()) of_backend.push_back(&position);
    for (size_t i = 0; i < backends_.size(); ++i)
      if (of_backend[i]->kind() != backends_[i]->position().kind()) return;  // those of other backends
  } else {
    for (const std::string& name : backend_names()) of_backend.push_back(positions.find(name));
  }
  for (size_t i = 0; i < backends_.size(); ++i)
    if (of_backend[i]) backends_[i]->rewind(*of_backend[i]);
}

std::vector<std::string> Visualizer::backend_names() const {
  std::vector<std::string> names;
  std::map<std::string, int> seen;
  for (const auto& backend : backends_) {
    const VisBackend& known = *backend;
    const std::string name = class_name_of(typeid(known));
    const int number = ++seen[name];
    names.push_back(number == 1 ? name : name + "#" + std::to_string(number));
  }
  return names;
}

void Visualizer::close() {
  hand_on([](VisBackend& backend) { backend.close(); });
}

MILLRACE_REGISTER(Visualizer, Visualizer);

}  // namespace millrace
