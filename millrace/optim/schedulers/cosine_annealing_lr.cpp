#include "millrace/optim/schedulers/cosine_annealing_lr.h"

#include <cmath>

namespace millrace {

void CosineAnnealingRule::Options::check(const Options& options, Complaints& complaints) {
  if (options.eta_min && options.eta_min_ratio)
    complaints.add("eta_min_ratio", "eta_min and eta_min_ratio both set the final value: give one of them");
}

double CosineAnnealingRule::next(const ScheduleStep& step) const {
  const double low = options_.eta_min_ratio ? step.initial * *options_.eta_min_ratio : options_.eta_min.value_or(0.0);
  const double half = static_cast<double>(half_period_);
  if (step.t == 0) return step.value;
  // One step past a bottom the present value says nothing of the amplitude any more.
  if ((step.t - 1 - half_period_) % (2 * half_period_) == 0)
    return step.value + (step.initial - low) * (1 - std::cos(M_PI / half)) / 2;
  return (1 + std::cos(M_PI * static_cast<double>(step.t) / half)) /
             (1 + std::cos(M_PI * static_cast<double>(step.t - 1) / half)) * (step.value - low) +
         low;
}

void CosineAnnealingRule::convert_lengths(int64_t iters_per_epoch) {
  if (options_.T_max) *options_.T_max *= iters_per_epoch;
}

std::optional<std::string> CosineAnnealingRule::settle(const ScheduleSpan& span) {
  half_period_ = options_.T_max.value_or(span.length);
  return std::nullopt;
}

State CosineAnnealingRule::settings() const {
  const bool by_ratio = options_.eta_min_ratio.has_value();
  return State::dict({{"T_max", half_period_},
                      {"eta_min", by_ratio ? State() : State(options_.eta_min.value_or(0.0))},
                      {"eta_min_ratio", by_ratio ? State(*options_.eta_min_ratio) : State()}});
}

MILLRACE_REGISTER(ParamScheduler, CosineAnnealingLR);
MILLRACE_REGISTER(ParamScheduler, CosineAnnealingMomentum);
MILLRACE_REGISTER(ParamScheduler, CosineAnnealingParamScheduler);

}  // namespace millrace
