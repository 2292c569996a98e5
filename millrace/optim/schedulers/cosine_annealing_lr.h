#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Lowers the value along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts).
///
///     value(t) = m + (initial - m) (1 + cos(pi t / T_max)) / 2      t = 0 at `range.begin`
///     m = eta_min, or eta_min_ratio times the value before any schedule
///
/// Works on the current value, so it composes with a warm-up before it. The default of T_max is the length of the
/// range; then the last step is one before m. After T_max the value rises again, with the period 2 T_max. Throws Error
/// if both eta_min and eta_min_ratio are given.
class CosineAnnealingRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "CosineAnnealing";
  struct Options {
    std::optional<int64_t> T_max;
    std::optional<double> eta_min;
    std::optional<double> eta_min_ratio;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("T_max", &Options::T_max,
        "epochs (or iterations, see by_epoch) from the top to the bottom; None: those of the range")
          .at_least(1);
      f("eta_min", &Options::eta_min, "the bottom; None: 0");
      f("eta_min_ratio", &Options::eta_min_ratio, "the bottom, as a part of the value before any schedule");
      f.flatten(&Options::range);
    }
    static void check(const Options& options, Complaints& complaints);
  };
  explicit CosineAnnealingRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;

 private:
  Options options_;
  int64_t half_period_ = 1;
};

using CosineAnnealingLR = Scheduled<CosineAnnealingRule, ScheduleForm::lr>;
using CosineAnnealingMomentum = Scheduled<CosineAnnealingRule, ScheduleForm::momentum>;
using CosineAnnealingParamScheduler = Scheduled<CosineAnnealingRule, ScheduleForm::by_name>;

}  // namespace millrace
