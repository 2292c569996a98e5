#include "millrace/hooks/param_scheduler_hook.h"

#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/runner.h"

namespace millrace {

void ParamSchedulerHook::after_train_iter(TrainIter& point) { point.runner.schedulers()->step_iter(); }

void ParamSchedulerHook::after_train_epoch(RunPoint& point) { point.runner.schedulers()->step_epoch(); }

MILLRACE_REGISTER(Hook, ParamSchedulerHook);

}  // namespace millrace
