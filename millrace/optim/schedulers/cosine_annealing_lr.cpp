#include "millrace/optim/schedulers/cosine_annealing_lr.h"

#include <cmath>

#include "millrace/base/error.h"

namespace millrace {

CosineAnnealingLR::CosineAnnealingLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)),
      options_(checked<CosineAnnealingLR>(std::move(options))) {
  if (options_.eta_min && options_.eta_min_ratio)
    throw Error("eta_min and eta_min_ratio both say where the value ends: give one of them");
}

void CosineAnnealingLR::convert_lengths(int64_t iters_per_epoch) {
  if (options_.T_max) *options_.T_max *= iters_per_epoch;
}

void CosineAnnealingLR::settle() { half_period_ = options_.T_max.value_or(length()); }

double CosineAnnealingLR::next(double value, int64_t t, double initial) const {
  const double low = options_.eta_min_ratio ? initial * *options_.eta_min_ratio : options_.eta_min.value_or(0.0);
  const double half = static_cast<double>(half_period_);
  if (t == 0) return value;
  // One step past a bottom the present value says nothing of the amplitude any more.
  if ((t - 1 - half_period_) % (2 * half_period_) == 0)
    return value + (initial - low) * (1 - std::cos(M_PI / half)) / 2;
  return (1 + std::cos(M_PI * static_cast<double>(t) / half)) /
             (1 + std::cos(M_PI * static_cast<double>(t - 1) / half)) * (value - low) +
         low;
}

State CosineAnnealingLR::settings() const {
  const bool by_ratio = options_.eta_min_ratio.has_value();
  return State::dict({{"T_max", half_period_},
                      {"eta_min", by_ratio ? State() : State(options_.eta_min.value_or(0.0))},
                      {"eta_min_ratio", by_ratio ? State(*options_.eta_min_ratio) : State()}});
}

MILLRACE_REGISTER(ParamScheduler, CosineAnnealingLR);
MILLRACE_REGISTER(ParamScheduler, CosineAnnealingMomentum);
MILLRACE_REGISTER(ParamScheduler, CosineAnnealingParamScheduler);

}  // namespace millrace
