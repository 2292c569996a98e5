#include "millrace/optim/schedulers/exponential_lr.h"

namespace millrace {

double ExponentialRule::next(const ScheduleStep& step) const {
  return step.t == 0 ? step.value : step.value * *options_.gamma;
}

State ExponentialRule::settings() const { return State::dict({{"gamma", *options_.gamma}}); }

MILLRACE_REGISTER(ParamScheduler, ExponentialLR);
MILLRACE_REGISTER(ParamScheduler, ExponentialMomentum);
MILLRACE_REGISTER(ParamScheduler, ExponentialParamScheduler);

}  // namespace millrace
