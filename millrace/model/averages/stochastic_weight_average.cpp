#include "millrace/model/averages/stochastic_weight_average.h"

namespace millrace {

StochasticWeightAverage::StochasticWeightAverage(const Options& options)
    : Averaging(checked<StochasticWeightAverage>(options).common) {}

double StochasticWeightAverage::share(int64_t steps) const {
  return 1.0 / static_cast<double>(steps / common().interval + 1);
}

MILLRACE_REGISTER(Averaging, StochasticWeightAverage);

}  // namespace millrace
