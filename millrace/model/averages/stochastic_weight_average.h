#pragma once

#include "millrace/model/averaging.h"

namespace millrace {

/// The mean of the weights after each update (Izmailov et al. 2018, Averaging Weights Leads to Wider Optima and Better
/// Generalization).
///
///     share = 1 / (floor(steps / interval) + 1)
///
///     StochasticWeightAverage rule({.common = {.interval = 500}});
class StochasticWeightAverage final : public Averaging {
 public:
  struct Options {
    Common common{};

    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::common);
    }
  };
  StochasticWeightAverage() : StochasticWeightAverage(Options{}) {}
  explicit StochasticWeightAverage(const Options& options);
  double share(int64_t steps) const override;
};

}  // namespace millrace
