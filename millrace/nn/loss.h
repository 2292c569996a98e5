#pragma once

#include <torch/nn/module.h>

#include <optional>

#include "millrace/nn/call_observer.h"
#include "millrace/registry/registry.h"

namespace millrace {

/// A loss that a head names in its options: a module, since some have weights.
class Loss : public torch::nn::Module {
 public:
  static constexpr const char* kKind = "Loss";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Loss>;

  /// What a call may add to scores and targets.
  struct Extra {
    at::Tensor weight{};                 // (N) float: one factor a row; undefined: 1
    std::optional<double> avg_factor{};  // what the sum is divided by, instead of the number of elements
  };

  /// The loss of `scores` against `target`; of shape () unless the loss was told not to reduce.
  virtual at::Tensor forward(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) = 0;
  at::Tensor forward(const at::Tensor& scores, const at::Tensor& target) { return forward(scores, target, Extra{}); }
};

}  // namespace millrace
