#include "millrace/optim/schedulers/linear_lr.h"

namespace millrace {

LinearLR::LinearLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)), options_(checked<LinearLR>(std::move(options))) {}

void LinearLR::settle() {
  if (length() == 1)
    warn("a LinearLR of one step leaves the value at start_factor for good: end must be above begin + 1");
}

double LinearLR::next(double value, int64_t t, double) const {
  const double start = options_.start_factor, rise = options_.end_factor - options_.start_factor;
  if (t == 0) return value * start;
  return value * (1.0 + rise / (static_cast<double>(length() - 1) * start + static_cast<double>(t - 1) * rise));
}

State LinearLR::settings() const {
  return State::dict(
      {{"start_factor", options_.start_factor}, {"end_factor", options_.end_factor}, {"total_iters", length() - 1}});
}

MILLRACE_REGISTER(ParamScheduler, LinearLR);
MILLRACE_REGISTER(ParamScheduler, LinearMomentum);
MILLRACE_REGISTER(ParamScheduler, LinearParamScheduler);

}  // namespace millrace
