#include "millrace/optim/schedulers/linear_lr.h"

namespace millrace {

double LinearRule::next(const ScheduleStep& step) const {
  const double start = options_.start_factor, rise = options_.end_factor - options_.start_factor;
  if (step.t == 0) return step.value * start;
  return step.value *
         (1.0 + rise / (static_cast<double>(length_ - 1) * start + static_cast<double>(step.t - 1) * rise));
}

std::optional<std::string> LinearRule::settle(const ScheduleSpan& span) {
  length_ = span.length;
  if (length_ > 1) return std::nullopt;
  return "a LinearLR of one step leaves the value at start_factor for good: end must be above begin + 1";
}

State LinearRule::settings() const {
  return State::dict(
      {{"start_factor", options_.start_factor}, {"end_factor", options_.end_factor}, {"total_iters", length_ - 1}});
}

MILLRACE_REGISTER(ParamScheduler, LinearLR);
MILLRACE_REGISTER(ParamScheduler, LinearMomentum);
MILLRACE_REGISTER(ParamScheduler, LinearParamScheduler);

}  // namespace millrace
