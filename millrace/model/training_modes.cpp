#include "millrace/model/training_modes.h"

#include <torch/nn/module.h>

#include <algorithm>

namespace millrace {

namespace {

/// Every part below the root with its mode, parents first.
std::vector<std::pair<std::string, bool>> modes_of(const ModuleView& root) {
  std::vector<std::pair<std::string, bool>> parts;
  root.walk([&](const ModuleView& part) {
    if (!part.path.empty()) parts.emplace_back(part.path, part.training);
  });
  return parts;
}

}  // namespace

TrainingModes::TrainingModes(const Model& model)
    : is_training_(model.is_training()), parts_(modes_of(model.modules())) {}

std::optional<std::string> TrainingModes::first_change(const Model& model) const {
  if (model.is_training() != is_training_) return "";
  const auto now = modes_of(model.modules());
  if (now == parts_) return std::nullopt;
  for (size_t i = 0; i < std::min(now.size(), parts_.size()); ++i)
    if (now[i].first == parts_[i].first && now[i].second != parts_[i].second) return now[i].first;
  return std::nullopt;  // other parts than before: they have no mode to go back to
}

void TrainingModes::restore(Model& model) const {
  if (!first_change(model)) return;
  if (model.is_training() != is_training_) model.set_training(is_training_);
  // Where the whole has been switched, parts that were in another mode are set again. Parents come first, since a
  // module's train() goes down.
  const ModuleView root = model.modules();
  auto part = parts_.begin();
  root.walk([&](const ModuleView& view) {
    if (view.path.empty() || part == parts_.end() || part->first != view.path) return;
    const bool wanted = part++->second;
    if (view.module && view.module->is_training() != wanted)
      const_cast<torch::nn::Module*>(view.module)->train(wanted);  // NOLINT: a part of the model that is given
  });
}

}  // namespace millrace
