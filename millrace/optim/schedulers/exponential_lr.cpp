#include "millrace/optim/schedulers/exponential_lr.h"

namespace millrace {

ExponentialLR::ExponentialLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)),
      options_(checked<ExponentialLR>(std::move(options))) {}

double ExponentialLR::next(double value, int64_t t, double) const { return t == 0 ? value : value * *options_.gamma; }

State ExponentialLR::settings() const { return State::dict({{"gamma", *options_.gamma}}); }

MILLRACE_REGISTER(ParamScheduler, ExponentialLR);
MILLRACE_REGISTER(ParamScheduler, ExponentialMomentum);
MILLRACE_REGISTER(ParamScheduler, ExponentialParamScheduler);

}  // namespace millrace
