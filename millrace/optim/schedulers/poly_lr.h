#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Lowers the value to `eta_min` along a power of a line.
///
///     value(t) = m + (initial - m) (1 - t / T)^power      t = 0 at `range.begin`, T = end - begin - 1, m = eta_min
///
/// Works on the current value, so it composes with a warm-up before it.
class PolyRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Poly";
  struct Options {
    double power = 1.0;
    double eta_min = 0;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("power", &Options::power, "of the line");
      f("eta_min", &Options::eta_min, "the value at the last step");
      f.flatten(&Options::range);
    }
  };
  explicit PolyRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;

 private:
  Options options_;
  int64_t length_ = 0;
};

using PolyLR = Scheduled<PolyRule, ScheduleForm::lr>;
using PolyMomentum = Scheduled<PolyRule, ScheduleForm::momentum>;
using PolyParamScheduler = Scheduled<PolyRule, ScheduleForm::by_name>;

}  // namespace millrace
