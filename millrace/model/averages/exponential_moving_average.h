#pragma once

#include "millrace/model/averaging.h"

namespace millrace {

/// An average in which older weights count for less and less.
///
///     share = momentum
///
///     ExponentialMovingAverage rule({.momentum = 0.001});   // about the mean of the last 1000 updates
///
/// Mind the direction: a small momentum makes a slow average. Where others write decay=0.999, this is momentum=0.001.
class ExponentialMovingAverage final : public Averaging {
 public:
  struct Options {
    double momentum = 0.0002;
    Common common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("momentum", &Options::momentum, "share of the weights in each update; small is slow").above(0).below(1);
      f.flatten(&Options::common);
    }
  };
  ExponentialMovingAverage() : ExponentialMovingAverage(Options{}) {}
  explicit ExponentialMovingAverage(const Options& options);
  double share(int64_t) const override { return momentum_; }
  std::string notice() const override;

 private:
  double momentum_;
};

}  // namespace millrace
