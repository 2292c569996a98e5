#pragma once

#include <string>
#include <utility>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Multiplies the value by `factor` until the last step of the range, which gives it back.
///
///     value(t) = initial * factor      for t < T;  initial at T = end - begin - 1;   t = 0 at `range.begin`
///
/// Works on the current value, so it composes with others. A range of one step never gives the value back.
class ConstantLR : public ParamScheduler {
 public:
  struct Options {
    double factor = 1.0 / 3;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("factor", &O::factor, "factor on the value").above(0).at_most(1);
      f.flatten(&O::range);
    }
  };
  explicit ConstantLR(OptimWrapper& optim) : ConstantLR(optim, Options{}) {}
  ConstantLR(OptimWrapper& optim, Options options,
             std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  State settings() const override;
  void settle() override;

  Options options_;
};

class ConstantMomentum final : public ConstantLR {
 public:
  using Options = ConstantLR::Options;
  ConstantMomentum(OptimWrapper& optim, Options options) : ConstantLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class ConstantParamScheduler final : public ConstantLR {
 public:
  struct Options {
    Required<std::string> param_name;
    double factor = 1.0 / 3;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      ConstantLR::Options::describe_shared<Options>(f);
    }
  };
  ConstantParamScheduler(OptimWrapper& optim, Options options)
      : ConstantLR(optim, {.factor = options.factor, .range = options.range}, *options.param_name) {}
};

}  // namespace millrace
