#pragma once

#include <torch/nn/module.h>

#include <optional>

#include "millrace/nn/call_observer.h"
#include "millrace/registry/registry.h"

namespace millrace {

/// A loss that the options of a head name; it is a module, since some losses have weights.
class Loss : public torch::nn::Module {
 public:
  static constexpr const char* kKind = "Loss";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Loss>;

  /// Optional arguments of a call.
  struct Extra {
    at::Tensor weight{};                 // (N) float: one factor per row; undefined: 1
    std::optional<double> avg_factor{};  // divides the sum, instead of the number of elements
  };

  /// Throws Error if its settings don't fit scores of so many classes.
  virtual void check_classes(int64_t) const {}
  /// The loss of `scores` against `target`; of shape () unless the loss was told not to reduce.
  virtual at::Tensor forward(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) = 0;
  at::Tensor forward(const at::Tensor& scores, const at::Tensor& target) { return forward(scores, target, Extra{}); }
};

}  // namespace millrace
