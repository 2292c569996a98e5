#pragma once

#include <optional>
#include <string>
#include <utility>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// Lowers the value along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts).
///
///     value(t) = m + (initial - m) (1 + cos(pi t / T_max)) / 2      t = 0 at `range.begin`
///     m = eta_min, or eta_min_ratio times the value before any schedule
///
/// Works on the current value, so it composes with a warm-up before it. T_max is the length of the range if it is not
/// given: the last step is then one short of m. Beyond T_max the value rises again, with the period 2 T_max. Throws
/// Error if both eta_min and eta_min_ratio are given.
class CosineAnnealingLR : public ParamScheduler {
 public:
  struct Options {
    std::optional<int64_t> T_max;
    std::optional<double> eta_min;
    std::optional<double> eta_min_ratio;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("T_max", &O::T_max, "epochs (or iterations, see by_epoch) from the top to the bottom; None: those of the range")
          .at_least(1);
      f("eta_min", &O::eta_min, "the bottom; None: 0");
      f("eta_min_ratio", &O::eta_min_ratio, "the bottom, as a part of the value before any schedule");
      f.flatten(&O::range);
    }
  };
  explicit CosineAnnealingLR(OptimWrapper& optim) : CosineAnnealingLR(optim, Options{}) {}
  CosineAnnealingLR(OptimWrapper& optim, Options options,
                    std::string param_name = "lr");  // `optim` must outlive the scheduler

 private:
  double next(double value, int64_t t, double initial) const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  State settings() const override;
  void settle() override;

  Options options_;
  int64_t half_period_ = 1;
};

class CosineAnnealingMomentum final : public CosineAnnealingLR {
 public:
  using Options = CosineAnnealingLR::Options;
  CosineAnnealingMomentum(OptimWrapper& optim, Options options)
      : CosineAnnealingLR(optim, std::move(options), "momentum") {}
};

/// The same for any number of the parameter groups.
class CosineAnnealingParamScheduler final : public CosineAnnealingLR {
 public:
  struct Options {
    Required<std::string> param_name;
    std::optional<int64_t> T_max;
    std::optional<double> eta_min;
    std::optional<double> eta_min_ratio;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("param_name", &Options::param_name, "setting of the parameter groups that is scheduled").not_empty();
      CosineAnnealingLR::Options::describe_shared<Options>(f);
    }
  };
  CosineAnnealingParamScheduler(OptimWrapper& optim, Options options)
      : CosineAnnealingLR(optim,
                          {.T_max = options.T_max,
                           .eta_min = options.eta_min,
                           .eta_min_ratio = options.eta_min_ratio,
                           .range = options.range},
                          *options.param_name) {}
};

}  // namespace millrace
