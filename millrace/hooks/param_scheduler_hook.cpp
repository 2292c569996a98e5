#include "millrace/hooks/param_scheduler_hook.h"

#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/runner.h"

namespace millrace {

void ParamSchedulerHook::after_train_iter(TrainIter& point) { point.runner.schedulers()->step_iter(); }

void ParamSchedulerHook::after_train_epoch(RunPoint& point) { point.runner.schedulers()->step_epoch(); }

void ParamSchedulerHook::after_val_epoch(EvalEnd& point) {
  if (ParamSchedulers* schedulers = point.runner.schedulers()) schedulers->observe(point.metrics);
}

MILLRACE_REGISTER(Hook, ParamSchedulerHook);

}  // namespace millrace
