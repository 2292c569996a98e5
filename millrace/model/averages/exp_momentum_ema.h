#pragma once

#include "millrace/model/averaging.h"

namespace millrace {

/// A moving average whose share comes down exponentially; YOLOX and RTMDet are trained with it.
///
///     share = (1 - momentum) * exp(-(1 + steps) / gamma) + momentum      (mmdet's and mmpose's ExpMomentumEMA)
///
///     ExpMomentumEMA rule({.momentum = 0.0001, .gamma = 2000});
class ExpMomentumEMA final : public Averaging {
 public:
  struct Options {
    double momentum = 0.0002;
    int64_t gamma = 2000;
    Common common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("momentum", &Options::momentum, "share of the weights in late updates; small is slow").above(0).below(1);
      f("gamma", &Options::gamma, "updates in which the share comes down to a third").at_least(1);
      f.flatten(&Options::common);
    }
  };
  ExpMomentumEMA() : ExpMomentumEMA(Options{}) {}
  explicit ExpMomentumEMA(const Options& options);
  double share(int64_t steps) const override;

 private:
  Options options_;
};

}  // namespace millrace
