#include "millrace/optim/schedulers/poly_lr.h"

#include <cmath>

namespace millrace {

double PolyRule::next(const ScheduleStep& step) const {
  if (step.t == 0) return step.value;
  const double left = static_cast<double>(length_ - step.t);
  return (step.value - options_.eta_min) * std::pow(1 - 1.0 / left, options_.power) + options_.eta_min;
}

std::optional<std::string> PolyRule::settle(const ScheduleSpan& span) {
  length_ = span.length;
  return std::nullopt;
}

State PolyRule::settings() const {
  return State::dict({{"eta_min", options_.eta_min}, {"power", options_.power}, {"total_iters", length_ - 1}});
}

MILLRACE_REGISTER(ParamScheduler, PolyLR);
MILLRACE_REGISTER(ParamScheduler, PolyMomentum);
MILLRACE_REGISTER(ParamScheduler, PolyParamScheduler);

}  // namespace millrace
