#include "millrace/model/averages/momentum_annealing_ema.h"

#include <algorithm>

namespace millrace {

MomentumAnnealingEMA::MomentumAnnealingEMA(const Options& options)
    : Averaging(options.common), options_(checked<MomentumAnnealingEMA>(options)) {}

double MomentumAnnealingEMA::share(int64_t steps) const {
  const auto gamma = static_cast<double>(options_.gamma);
  return std::max(options_.momentum, gamma / (gamma + static_cast<double>(steps)));
}

MILLRACE_REGISTER(Averaging, MomentumAnnealingEMA);

}  // namespace millrace
