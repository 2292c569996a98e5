#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// Makes one training of the steps of several ranks. Each OptimWrapper owns one, over its own parameters; models know
/// nothing of it. All ranks make the same calls in the same order.
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

  /// Once, before the first step: from here on every rank has the values of rank 0. Throws Error if names, shapes or
  /// dtypes differ between the ranks.
  virtual void attach(std::span<const Named> params, std::span<const Named> buffers) = 0;
  /// What a forward pass reads and no gradient moves: buffers (running statistics).
  virtual void before_forward() = 0;
  virtual void arm(const at::Tensor& loss) = 0;
  virtual void finish() = 0;
  virtual bool agree(bool finite) = 0;
  /// (), the mean over the ranks: for rules that decide by the loss (LBFGS), so that all decide alike.
  virtual at::Tensor mean(const at::Tensor& loss) = 0;
  /// Where each rank moves a part of the parameters (ZeRO), the others' parts arrive here.
  virtual void after_step() = 0;
  /// An optimizer's state as a checkpoint holds it; every rank contributes what it keeps.
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
