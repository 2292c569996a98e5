#pragma once

#include <string>
#include <utility>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Multiplies the value by `gamma` at every step.
///
///     value(t) = initial * gamma^t      t = 0 at `range.begin`
///
/// Works on the current value, so it composes with others.
class ExponentialLR : public ParamScheduler {
 public:
  struct Options {
    Required<double> gamma;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("gamma", &O::gamma, "factor at each step");
      f.flatten(&O::range);
    }
  };
  ExponentialLR(OptimWrapper& optim, Options options,
                std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  State settings() const override;

  Options options_;
};

class ExponentialMomentum final : public ExponentialLR {
 public:
  using Options = ExponentialLR::Options;
  ExponentialMomentum(OptimWrapper& optim, Options options) : ExponentialLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class ExponentialParamScheduler final : public ExponentialLR {
 public:
  struct Options {
    Required<std::string> param_name;
    Required<double> gamma;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      ExponentialLR::Options::describe_shared<Options>(f);
    }
  };
  ExponentialParamScheduler(OptimWrapper& optim, Options options)
      : ExponentialLR(optim, {.gamma = options.gamma, .range = options.range}, *options.param_name) {}
};

}  // namespace millrace
