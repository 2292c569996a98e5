#include "millrace/hooks/param_scheduler_hook.h"

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/runner.h"

namespace millrace {

void ParamSchedulerHook::before_train(RunPoint& point) {
  const std::vector<std::string> monitors = point.runner.schedulers()->monitors();
  if (!monitors.empty() && !point.runner.validates())
    throw Error("a schedule depends on '" + join(monitors, "', '") +
                "' of the validation, but the run has no validation")
        .note("val_dataloader, val_cfg and val_evaluator make one");
}

void ParamSchedulerHook::after_train_iter(TrainIter& point) { point.runner.schedulers()->step_iter(); }

void ParamSchedulerHook::after_train_epoch(RunPoint& point) { point.runner.schedulers()->step_epoch(); }

void ParamSchedulerHook::after_val_epoch(EvalEnd& point) {
  if (ParamSchedulers* schedulers = point.runner.schedulers()) schedulers->observe(point.metrics);
}

MILLRACE_REGISTER(Hook, ParamSchedulerHook);

}  // namespace millrace
