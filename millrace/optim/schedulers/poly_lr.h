#pragma once

#include <string>
#include <utility>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Lowers the value to `eta_min` along a power of a line.
///
///     value(t) = m + (initial - m) (1 - t / T)^power      t = 0 at `range.begin`, T = end - begin - 1, m = eta_min
///
/// Works on the current value, so it composes with a warm-up before it.
class PolyLR : public ParamScheduler {
 public:
  struct Options {
    double power = 1.0;
    double eta_min = 0;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("power", &O::power, "of the line");
      f("eta_min", &O::eta_min, "the value at the last step");
      f.flatten(&O::range);
    }
  };
  explicit PolyLR(OptimWrapper& optim) : PolyLR(optim, Options{}) {}
  PolyLR(OptimWrapper& optim, Options options, std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  State settings() const override;

  Options options_;
};

class PolyMomentum final : public PolyLR {
 public:
  using Options = PolyLR::Options;
  PolyMomentum(OptimWrapper& optim, Options options) : PolyLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class PolyParamScheduler final : public PolyLR {
 public:
  struct Options {
    Required<std::string> param_name;
    double power = 1.0;
    double eta_min = 0;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      PolyLR::Options::describe_shared<Options>(f);
    }
  };
  PolyParamScheduler(OptimWrapper& optim, Options options)
      : PolyLR(optim, {.power = options.power, .eta_min = options.eta_min, .range = options.range},
               *options.param_name) {}
};

}  // namespace millrace
