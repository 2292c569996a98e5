#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// Gives all ranks the same buffers: the mean of their running statistics, which each of them has from its own batches.
///
///     custom_hooks = [dict(type='SyncBuffersHook')]
///
/// It does so after each training epoch, and before a validation that does not follow on one. The mean is that of
/// floating-point buffers; others, which count batches, are the same anyway. In a run of one process it does nothing.
class SyncBuffersHook final : public Hook {
 public:
  void after_train_epoch(RunPoint& point) override;
  void before_val_epoch(RunPoint& point) override;
  void before_train_iter(TrainIter&) override { is_due_ = true; }

 private:
  void sync(Runner& runner);
  bool is_due_ = false;
};

}  // namespace millrace
