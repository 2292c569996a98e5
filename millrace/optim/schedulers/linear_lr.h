#pragma once

#include <string>
#include <utility>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Moves the value on a line from `start_factor` to `end_factor` times itself.
///
///     value(t) = initial * (s + (e - s) t / T)      t = 0 at `range.begin`, T = end - begin - 1
///
/// Works on the current value, so it composes with others. The line cannot start at 0, from which no factor leads away;
/// a range of one step stays at its start.
class LinearLR : public ParamScheduler {
 public:
  struct Options {
    double start_factor = 1.0 / 3;
    double end_factor = 1.0;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("start_factor", &O::start_factor, "factor at the first step").above(0).at_most(1);
      f("end_factor", &O::end_factor, "factor at the last step").within(0, 1);
      f.flatten(&O::range);
    }
  };
  explicit LinearLR(OptimWrapper& optim) : LinearLR(optim, Options{}) {}
  LinearLR(OptimWrapper& optim, Options options, std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  State settings() const override;
  void settle() override;

  Options options_;
};

class LinearMomentum final : public LinearLR {
 public:
  using Options = LinearLR::Options;
  LinearMomentum(OptimWrapper& optim, Options options) : LinearLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class LinearParamScheduler final : public LinearLR {
 public:
  struct Options {
    Required<std::string> param_name;
    double start_factor = 1.0 / 3;
    double end_factor = 1.0;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      LinearLR::Options::describe_shared<Options>(f);
    }
  };
  LinearParamScheduler(OptimWrapper& optim, Options options)
      : LinearLR(optim,
                 {.start_factor = options.start_factor, .end_factor = options.end_factor, .range = options.range},
                 *options.param_name) {}
};

}  // namespace millrace
