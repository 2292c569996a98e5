#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Lowers the value along half a cosine several times, each time from a fraction of its initial value (Loshchilov and
/// Hutter 2017, arXiv 1608.03983).
///
///     value(t) = m + (w_i initial - m) (1 + cos(pi s / P_i)) / 2     t = 0 at `range.begin`
///
///     CosineRestartLR scheduler(optim, {.periods = std::vector<int64_t>{10, 20},
///                                      .restart_weights = {1, 0.5},
///                                      .eta_min = 0.0});
///
/// Period i has P_i steps and the weight w_i, s counts its steps from 0; m = eta_min, or eta_min_ratio times the value
/// before any schedule. A restart begins with the value before any schedule; within a period each step changes the
/// current value. After the last period the value stays.
class CosineRestartRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "CosineRestart";
  struct Options {
    Required<std::vector<int64_t>> periods;
    std::vector<double> restart_weights = {1.0};
    std::optional<double> eta_min;
    std::optional<double> eta_min_ratio;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("periods", &Options::periods, "epochs (or iterations, see by_epoch) of each descent").at_least(1).not_empty();
      f("restart_weights", &Options::restart_weights, "where each descent begins, as a part of the initial value");
      f("eta_min", &Options::eta_min, "the bottom; this or eta_min_ratio");
      f("eta_min_ratio", &Options::eta_min_ratio, "the bottom, as a part of the value before any schedule");
      f.flatten(&Options::range);
    }
    static void check(const Options& options, Complaints& complaints);
  };
  explicit CosineRestartRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;

 private:
  Options options_;
};

using CosineRestartLR = Scheduled<CosineRestartRule, ScheduleForm::lr>;
using CosineRestartMomentum = Scheduled<CosineRestartRule, ScheduleForm::momentum>;
using CosineRestartParamScheduler = Scheduled<CosineRestartRule, ScheduleForm::by_name>;

}  // namespace millrace
