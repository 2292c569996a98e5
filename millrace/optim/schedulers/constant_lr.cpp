#include "millrace/optim/schedulers/constant_lr.h"

namespace millrace {

double ConstantRule::next(const ScheduleStep& step) const {
  if (step.t == 0) return step.value * options_.factor;
  return step.t == length_ - 1 ? step.value * (1.0 / options_.factor) : step.value;
}

std::optional<std::string> ConstantRule::settle(const ScheduleSpan& span) {
  length_ = span.length;
  if (length_ > 1) return std::nullopt;
  return "a ConstantLR of one step leaves the value at its factor for good: end must be above begin + 1";
}

State ConstantRule::settings() const {
  return State::dict({{"factor", options_.factor}, {"total_iters", length_ - 1}});
}

MILLRACE_REGISTER(ParamScheduler, ConstantLR);
MILLRACE_REGISTER(ParamScheduler, ConstantMomentum);
MILLRACE_REGISTER(ParamScheduler, ConstantParamScheduler);

}  // namespace millrace
