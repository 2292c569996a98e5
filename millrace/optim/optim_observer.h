#pragma once

namespace millrace {

class OptimWrapper;

/// Is told what an OptimWrapper does; the Runner passes it on to the hooks. `optim.name()` says which one it is.
///
/// Gradients may be looked at and changed: after_backward sees the sum of the group so far (scaled, if a loss scaler is
/// at work), before_step what the step will use (reduced, unscaled, clipped). A step that is skipped, because a
/// gradient was not finite, is not told.
class OptimObserver {
 public:
  virtual ~OptimObserver() = default;
  virtual void before_backward(OptimWrapper&) {}
  virtual void after_backward(OptimWrapper&) {}
  virtual void before_step(OptimWrapper&) {}
  virtual void after_step(OptimWrapper&) {}
};

}  // namespace millrace
