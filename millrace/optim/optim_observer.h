#pragma once

namespace at {
class Tensor;
}

namespace millrace {

class OptimWrapper;

/// Sees the steps of an OptimWrapper; the Runner passes them on to hooks. `optim.name()` is the wrapper's name.
///
/// It may read and change gradients. after_backward sees the sum of the group so far (scaled, if there is a loss
/// scaler); before_step sees the gradients of the step (reduced, unscaled, clipped). It does not see a step that is
/// skipped because a gradient is not finite.
class OptimObserver {
 public:
  virtual ~OptimObserver() = default;
  /// The loss, with its graph, of a backward pass that is about to begin.
  virtual void sees_loss(OptimWrapper&, const at::Tensor&) {}
  virtual void before_backward(OptimWrapper&) {}
  virtual void after_backward(OptimWrapper&) {}
  virtual void before_step(OptimWrapper&) {}
  virtual void after_step(OptimWrapper&) {}
};

}  // namespace millrace
