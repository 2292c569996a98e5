#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// Makes the gradients of all ranks one. Each OptimWrapper owns one, over its own parameters; the models know nothing
/// of it.
///
/// Of an accumulation group only the last micro-step is armed: the reduction may overlap with that backward pass.
class GradSync {
 public:
  virtual ~GradSync() = default;

  /// Before the backward pass that closes an accumulation group; `loss` is what will be differentiated.
  virtual void arm(const at::Tensor& loss) = 0;
  /// After that backward pass: when it returns, every gradient is the mean over the ranks.
  virtual void finish() = 0;
  /// Whether `finite` holds on all ranks: they step, or skip, together.
  virtual bool agree(bool finite) = 0;
};

/// One process: nothing to do.
class NoGradSync final : public GradSync {
 public:
  void arm(const at::Tensor&) override {}
  void finish() override {}
  bool agree(bool finite) override { return finite; }
};

}  // namespace millrace
