#pragma once

#include <string>
#include <utility>
#include <vector>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Multiplies the value by `gamma` at each milestone; one that is given twice counts twice.
///
///     value(t) = initial * gamma^(number of milestones <= t)      t = 0 at `range.begin`: milestones count from there
///
/// Works on the current value, so it composes with a warm-up before it.
class MultiStepLR : public ParamScheduler {
 public:
  struct Options {
    Required<std::vector<int64_t>> milestones;
    double gamma = 0.1;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("milestones", &O::milestones, "epochs (or iterations, see by_epoch) of the decays, counted from begin")
          .at_least(0);
      f("gamma", &O::gamma, "factor at each decay");
      f.flatten(&O::range);
    }
  };
  MultiStepLR(OptimWrapper& optim, Options options,
              std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  State settings() const override;
  void settle() override;

  Options options_;
  std::vector<int64_t> sorted_;
};

class MultiStepMomentum final : public MultiStepLR {
 public:
  using Options = MultiStepLR::Options;
  MultiStepMomentum(OptimWrapper& optim, Options options) : MultiStepLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class MultiStepParamScheduler final : public MultiStepLR {
 public:
  struct Options {
    Required<std::string> param_name;
    Required<std::vector<int64_t>> milestones;
    double gamma = 0.1;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      MultiStepLR::Options::describe_shared<Options>(f);
    }
  };
  MultiStepParamScheduler(OptimWrapper& optim, Options options)
      : MultiStepLR(optim, {.milestones = options.milestones, .gamma = options.gamma, .range = options.range},
                    *options.param_name) {}
};

}  // namespace millrace
