#include "millrace/model/averages/exp_momentum_ema.h"

#include <cmath>

namespace millrace {

ExpMomentumEMA::ExpMomentumEMA(const Options& options)
    : Averaging(options.common), options_(checked<ExpMomentumEMA>(options)) {}

double ExpMomentumEMA::share(int64_t steps) const {
  const double age = static_cast<double>(1 + steps) / static_cast<double>(options_.gamma);
  return (1 - options_.momentum) * std::exp(-age) + options_.momentum;
}

MILLRACE_REGISTER(Averaging, ExpMomentumEMA);

}  // namespace millrace
