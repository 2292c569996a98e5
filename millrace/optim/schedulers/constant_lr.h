#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Multiplies the value by `factor` until the last step of the range, which restores it.
///
///     value(t) = initial * factor      for t < T;  initial at T = end - begin - 1;   t = 0 at `range.begin`
///
/// Works on the current value, so it composes with others. A range of one step never restores the value.
class ConstantRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Constant";
  struct Options {
    double factor = 1.0 / 3;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("factor", &Options::factor, "factor on the value").above(0).at_most(1);
      f.flatten(&Options::range);
    }
  };
  explicit ConstantRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;

 private:
  Options options_;
  int64_t length_ = 0;
};

using ConstantLR = Scheduled<ConstantRule, ScheduleForm::lr>;
using ConstantMomentum = Scheduled<ConstantRule, ScheduleForm::momentum>;
using ConstantParamScheduler = Scheduled<ConstantRule, ScheduleForm::by_name>;

}  // namespace millrace
