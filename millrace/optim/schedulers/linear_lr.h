#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Moves the value linearly from `start_factor` to `end_factor` times itself.
///
///     value(t) = initial * (s + (e - s) t / T)      t = 0 at `range.begin`, T = end - begin - 1
///
/// Works on the current value, so it composes with others. The line can't start at 0, since no factor changes 0. A
/// range of one step stays at its start.
class LinearRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Linear";
  struct Options {
    double start_factor = 1.0 / 3;
    double end_factor = 1.0;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("start_factor", &Options::start_factor, "factor at the first step").above(0).at_most(1);
      f("end_factor", &Options::end_factor, "factor at the last step").within(0, 1);
      f.flatten(&Options::range);
    }
  };
  explicit LinearRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;

 private:
  Options options_;
  int64_t length_ = 0;
};

using LinearLR = Scheduled<LinearRule, ScheduleForm::lr>;
using LinearMomentum = Scheduled<LinearRule, ScheduleForm::momentum>;
using LinearParamScheduler = Scheduled<LinearRule, ScheduleForm::by_name>;

}  // namespace millrace
