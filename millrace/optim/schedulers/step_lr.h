#pragma once

#include <string>
#include <utility>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Multiplies the value by `gamma` every `step_size` steps.
///
///     value(t) = initial * gamma^floor(t / step_size)      t = 0 at `range.begin`
///
///     StepLR scheduler(optim, {.step_size = 30});
///
/// Works on the current value, so it composes with a warm-up before it. Throws Error if step_size < 1.
class StepLR : public ParamScheduler {
 public:
  struct Options {
    Required<int64_t> step_size;
    double gamma = 0.1;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("step_size", &O::step_size, "epochs (or iterations, see by_epoch) between decays").at_least(1);
      f("gamma", &O::gamma, "factor at each decay");
      f.flatten(&O::range);
    }
  };
  StepLR(OptimWrapper& optim, Options options, std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  State settings() const override;

  Options options_;
};

class StepMomentum final : public StepLR {
 public:
  using Options = StepLR::Options;
  StepMomentum(OptimWrapper& optim, Options options) : StepLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class StepParamScheduler final : public StepLR {
 public:
  struct Options {
    Required<std::string> param_name;
    Required<int64_t> step_size;
    double gamma = 0.1;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      StepLR::Options::describe_shared<Options>(f);
    }
  };
  StepParamScheduler(OptimWrapper& optim, Options options)
      : StepLR(optim, {.step_size = options.step_size, .gamma = options.gamma, .range = options.range},
               *options.param_name) {}
};

}  // namespace millrace
