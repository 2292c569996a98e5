#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// Steps the parameter schedules: those by iteration after each iteration, those by epoch after each epoch, and those
/// that depend on a metric (ReduceOnPlateau) after each validation.
class ParamSchedulerHook final : public Hook {
 public:
  int default_priority() const override { return kLow; }
  void after_train_iter(TrainIter& point) override;
  void after_train_epoch(RunPoint& point) override;
  void after_val_epoch(EvalEnd& point) override;
};

}  // namespace millrace
