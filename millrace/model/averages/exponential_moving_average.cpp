#include "millrace/model/averages/exponential_moving_average.h"

#include "millrace/base/text.h"

namespace millrace {

ExponentialMovingAverage::ExponentialMovingAverage(const Options& options)
    : Averaging(options.common), momentum_(checked<ExponentialMovingAverage>(options).momentum) {}

std::string ExponentialMovingAverage::notice() const {
  constexpr double kUsual = 0.5;
  if (momentum_ <= kUsual) return "";
  return "momentum=" + repr(momentum_) +
         " of the average is its share of new weights: the average hardly differs from " +
         "the weights. A decay of 0.999 is a momentum of 0.001";
}

MILLRACE_REGISTER(Averaging, ExponentialMovingAverage);

}  // namespace millrace
