#include "millrace/runner/recomputed_parts.h"

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

RecomputedParts::RecomputedParts(const ModuleView& model, const std::vector<std::string>& paths) {
  std::vector<std::string> all;
  model.walk([&](const ModuleView& module) {
    if (module.module && !module.path.empty()) all.push_back(module.path);
  });
  for (const std::string& path : paths) {
    const ModuleView* part = path.empty() ? nullptr : model.find(path);
    if (!part || !part->module)
      throw Error("activation_checkpointing: the network has no part '" + path + "'" + did_you_mean(path, all));
    parts_[part->module] = {path};
  }
}

std::vector<std::string> RecomputedParts::not_called() const {
  std::vector<std::string> paths;
  for (const auto& [module, part] : parts_)
    if (!part.called) paths.push_back(part.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

void RecomputedParts::before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) {
  if (outer_) outer_->before_call(module, inputs);
}

void RecomputedParts::after_call(torch::nn::Module& module, std::span<const at::Tensor> inputs,
                                 std::span<const at::Tensor> outputs) {
  if (outer_) outer_->after_call(module, inputs, outputs);
}

bool RecomputedParts::recomputes(const torch::nn::Module& module) {
  const auto part = parts_.find(&module);
  if (part == parts_.end()) return outer_ && outer_->recomputes(module);
  return part->second.called = true;
}

}  // namespace millrace
