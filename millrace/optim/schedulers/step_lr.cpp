#include "millrace/optim/schedulers/step_lr.h"

namespace millrace {

StepLR::StepLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)), options_(checked<StepLR>(std::move(options))) {}

void StepLR::convert_lengths(int64_t iters_per_epoch) { *options_.step_size *= iters_per_epoch; }

double StepLR::next(double value, int64_t t, double) const {
  return t == 0 || t % *options_.step_size != 0 ? value : value * options_.gamma;
}

State StepLR::settings() const { return State::dict({{"step_size", *options_.step_size}, {"gamma", options_.gamma}}); }

MILLRACE_REGISTER(ParamScheduler, StepLR);
MILLRACE_REGISTER(ParamScheduler, StepMomentum);
MILLRACE_REGISTER(ParamScheduler, StepParamScheduler);

}  // namespace millrace
