#include "millrace/optim/schedulers/poly_lr.h"

#include <cmath>

namespace millrace {

PolyLR::PolyLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)), options_(checked<PolyLR>(std::move(options))) {}

double PolyLR::next(double value, int64_t t, double) const {
  if (t == 0) return value;
  const double left = static_cast<double>(length() - t);
  return (value - options_.eta_min) * std::pow(1 - 1.0 / left, options_.power) + options_.eta_min;
}

State PolyLR::settings() const {
  return State::dict({{"eta_min", options_.eta_min}, {"power", options_.power}, {"total_iters", length() - 1}});
}

MILLRACE_REGISTER(ParamScheduler, PolyLR);
MILLRACE_REGISTER(ParamScheduler, PolyMomentum);
MILLRACE_REGISTER(ParamScheduler, PolyParamScheduler);

}  // namespace millrace
