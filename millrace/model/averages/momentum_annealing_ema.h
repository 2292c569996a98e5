#pragma once

#include "millrace/model/averaging.h"

namespace millrace {

/// A moving average that follows the weights closely at first, when they change most.
///
///     share = max(momentum, gamma / (gamma + steps))
///
///     MomentumAnnealingEMA rule({.momentum = 0.001, .gamma = 100});   // share 0.5 after 100 updates
class MomentumAnnealingEMA final : public Averaging {
 public:
  struct Options {
    double momentum = 0.0002;
    int64_t gamma = 100;
    Common common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("momentum", &Options::momentum, "share of the weights in late updates; small is slow").above(0).below(1);
      f("gamma", &Options::gamma, "updates after which the share has come down to a half").at_least(1);
      f.flatten(&Options::common);
    }
  };
  MomentumAnnealingEMA() : MomentumAnnealingEMA(Options{}) {}
  explicit MomentumAnnealingEMA(const Options& options);
  double share(int64_t steps) const override;

 private:
  Options options_;
};

}  // namespace millrace
