#pragma once

#include <cstdint>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Multiplies the value by `gamma` at every step.
///
///     value(t) = initial * gamma^t      t = 0 at `range.begin`
///
/// Works on the current value, so it composes with others.
class ExponentialRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Exponential";
  struct Options {
    Required<double> gamma;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("gamma", &Options::gamma, "factor at each step");
      f.flatten(&Options::range);
    }
  };
  explicit ExponentialRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;

 private:
  Options options_;
};

using ExponentialLR = Scheduled<ExponentialRule, ScheduleForm::lr>;
using ExponentialMomentum = Scheduled<ExponentialRule, ScheduleForm::momentum>;
using ExponentialParamScheduler = Scheduled<ExponentialRule, ScheduleForm::by_name>;

}  // namespace millrace
