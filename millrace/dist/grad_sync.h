#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// Makes several ranks train one model. Each OptimWrapper owns one, for its own parameters; models do not know it. All
/// ranks make the same calls in the same order.
///
/// One step, as the loop and OptimWrapper call it:
///
///     before_forward()        before each forward pass
///     arm(loss)               before the backward pass that closes an accumulation group: a reduction may overlap with
///                             it. Earlier passes of the group are not armed, and their gradients stay on their rank
///     finish()                after it: every gradient is the mean over the ranks
///     agree(finite)           whether all ranks step, or none
///     after_step()            after the parameters have moved
class GradSync {
 public:
  struct Named {
    std::string name;
    at::Tensor tensor;
  };

  virtual ~GradSync() = default;

  /// Called once, before the first step: gives every rank the values of rank 0. Throws Error if names, shapes or dtypes
  /// differ between the ranks.
  virtual void attach(std::span<const Named> params, std::span<const Named> buffers) = 0;
  /// Synchronises the buffers (running statistics), which a forward pass reads and no gradient changes.
  virtual void before_forward() = 0;
  virtual void arm(const at::Tensor& loss) = 0;
  virtual void finish() = 0;
  virtual bool agree(bool finite) = 0;
  /// (), the mean over the ranks, so that rules that decide by the loss (LBFGS) decide the same on each.
  virtual at::Tensor mean(const at::Tensor& loss) = 0;
  /// If each rank updates only a part of the parameters (ZeRO), it gets the others' parts here.
  virtual void after_step() = 0;
  /// The whole state of an optimizer for a checkpoint; every rank contributes its part.
  virtual State gathered(State own) = 0;
};

/// One process: nothing to do.
class NoGradSync final : public GradSync {
 public:
  void attach(std::span<const Named>, std::span<const Named>) override {}
  void before_forward() override {}
  void arm(const at::Tensor&) override {}
  void finish() override {}
  bool agree(bool finite) override { return finite; }
  at::Tensor mean(const at::Tensor& loss) override { return loss; }
  void after_step() override {}
  State gathered(State own) override { return own; }
};

}  // namespace millrace
