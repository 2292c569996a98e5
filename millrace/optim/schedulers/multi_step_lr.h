#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Multiplies the value by `gamma` at each milestone; a milestone that is given twice counts twice.
///
///     value(t) = initial * gamma^(number of milestones <= t)      t = 0 at `range.begin`: milestones count from there
///
/// Works on the current value, so it composes with a warm-up before it.
class MultiStepRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "MultiStep";
  struct Options {
    Required<std::vector<int64_t>> milestones;
    double gamma = 0.1;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("milestones", &Options::milestones, "epochs (or iterations, see by_epoch) of the decays, counted from begin")
          .at_least(0);
      f("gamma", &Options::gamma, "factor at each decay");
      f.flatten(&Options::range);
    }
  };
  explicit MultiStepRule(Options options);

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;

 private:
  Options options_;  // milestones sorted
};

using MultiStepLR = Scheduled<MultiStepRule, ScheduleForm::lr>;
using MultiStepMomentum = Scheduled<MultiStepRule, ScheduleForm::momentum>;
using MultiStepParamScheduler = Scheduled<MultiStepRule, ScheduleForm::by_name>;

}  // namespace millrace
