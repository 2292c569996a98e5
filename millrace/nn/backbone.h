#pragma once

#include <torch/nn/module.h>

#include <vector>

#include "millrace/nn/call_observer.h"
#include "millrace/registry/registry.h"

namespace millrace {

/// The output of a backbone or a neck: one tensor per stage, (N, C, H, W) or (N, C), the deepest last.
using Features = std::vector<at::Tensor>;

/// The part of a model that turns images into features; shared by all tasks.
///
/// Called by models as `nn::call(*backbone, inputs)`, so that observers see it.
class Backbone : public torch::nn::Module {
 public:
  static constexpr const char* kKind = "Backbone";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Backbone>;

  /// inputs: (N, C, H, W) float.
  virtual Features forward(const at::Tensor& inputs) = 0;
};

/// The part between backbone and head: pooling, feature pyramids.
class Neck : public torch::nn::Module {
 public:
  static constexpr const char* kKind = "Neck";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Neck>;

  virtual Features forward(const Features& features) = 0;
};

}  // namespace millrace
