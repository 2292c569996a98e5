#pragma once

#include <cstdint>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Multiplies the value by `gamma` every `step_size` steps.
///
///     value(t) = initial * gamma^floor(t / step_size)      t = 0 at `range.begin`
///
///     StepLR scheduler(optim, {.step_size = 30});
///
/// Works on the current value, so it composes with a warm-up before it.
class StepRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Step";
  struct Options {
    Required<int64_t> step_size;
    double gamma = 0.1;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("step_size", &Options::step_size, "epochs (or iterations, see by_epoch) between decays").at_least(1);
      f("gamma", &Options::gamma, "factor at each decay");
      f.flatten(&Options::range);
    }
  };
  explicit StepRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;

 private:
  Options options_;
};

using StepLR = Scheduled<StepRule, ScheduleForm::lr>;
using StepMomentum = Scheduled<StepRule, ScheduleForm::momentum>;
using StepParamScheduler = Scheduled<StepRule, ScheduleForm::by_name>;

}  // namespace millrace
