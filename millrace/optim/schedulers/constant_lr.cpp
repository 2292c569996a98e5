#include "millrace/optim/schedulers/constant_lr.h"

namespace millrace {

ConstantLR::ConstantLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)), options_(checked<ConstantLR>(std::move(options))) {}

void ConstantLR::settle() {
  if (length() == 1)
    warn("a ConstantLR of one step leaves the value at its factor for good: end must be above begin + 1");
}

double ConstantLR::next(double value, int64_t t, double) const {
  if (t == 0) return value * options_.factor;
  return t == length() - 1 ? value * (1.0 / options_.factor) : value;
}

State ConstantLR::settings() const { return State::dict({{"factor", options_.factor}, {"total_iters", length() - 1}}); }

MILLRACE_REGISTER(ParamScheduler, ConstantLR);
MILLRACE_REGISTER(ParamScheduler, ConstantMomentum);
MILLRACE_REGISTER(ParamScheduler, ConstantParamScheduler);

}  // namespace millrace
