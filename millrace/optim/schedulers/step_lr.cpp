#include "millrace/optim/schedulers/step_lr.h"

namespace millrace {

double StepRule::next(const ScheduleStep& step) const {
  return step.t == 0 || step.t % *options_.step_size != 0 ? step.value : step.value * options_.gamma;
}

void StepRule::convert_lengths(int64_t iters_per_epoch) { *options_.step_size *= iters_per_epoch; }

State StepRule::settings() const {
  return State::dict({{"step_size", *options_.step_size}, {"gamma", options_.gamma}});
}

MILLRACE_REGISTER(ParamScheduler, StepLR);
MILLRACE_REGISTER(ParamScheduler, StepMomentum);
MILLRACE_REGISTER(ParamScheduler, StepParamScheduler);

}  // namespace millrace
