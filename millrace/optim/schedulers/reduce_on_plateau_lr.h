#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/optim/schedulers/group_values.h"
#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Multiplies the value by `factor` when a metric of the validations has stopped improving.
///
///     ReduceOnPlateauLR scheduler(optim, {.monitor = "accuracy/top1", .rule = ReduceOnPlateauRule::Better::greater});
///
/// At each validation in [begin, end), counted in epochs:
///
///     better    less:    m < best (1 - threshold), with threshold_rule abs m < best - threshold
///               greater: m > best (1 + threshold), with threshold_rule abs m > best + threshold
///     bad       validations in a row that were not better; they don't count during a cooldown
///     bad > patience:  value <- max(factor value, min_value), unless that is a change of at most eps;
///                      a cooldown of `cooldown` validations begins
///
/// The first value counts as better. `monitor` may lack its prefix. Throws Error if the validation has no such metric.
/// A resume with other settings keeps what was observed, and repeats the reductions at the same iterations.
class ReduceOnPlateauRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "ReduceOnPlateau";
  enum class Better { less, greater };
  enum class ThresholdRule { rel, abs };
  struct Options {
    std::string monitor = "loss";
    Better rule = Better::less;
    double factor = 0.1;
    int64_t patience = 10;
    double threshold = 1e-4;
    ThresholdRule threshold_rule = ThresholdRule::rel;
    int64_t cooldown = 0;
    OneOrMany<double> min_value = 0.0;
    double eps = 1e-8;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("monitor", &Options::monitor, "metric of the validation").not_empty();
      f("rule", &Options::rule, "whether less or more of the metric is better");
      f("factor", &Options::factor, "factor at each reduction").at_least(0).below(1);
      f("patience", &Options::patience, "validations without a better one before a reduction").at_least(0);
      f("threshold", &Options::threshold, "how much better a better one is").at_least(0);
      f("threshold_rule", &Options::threshold_rule, "threshold as a part of the best value, or as a difference");
      f("cooldown", &Options::cooldown, "validations after a reduction that don't count as bad").at_least(0);
      f("min_value", &Options::min_value, "lowest value; one for all groups, or one each");
      f("eps", &Options::eps, "a reduction by no more than this is left out").at_least(0);
      f.flatten(&Options::range);
    }
    static void check(const Options& options, Complaints& complaints);
  };
  explicit ReduceOnPlateauRule(Options options);
  static void add_facts(const Options& options, ScheduleFacts& facts);

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;
  bool observe(const MetricMap& metrics) override;
  State progress() const override;
  bool load_progress(const State& state) override;

 private:
  bool is_better(double metric) const;

  Options options_;
  GroupValues minima_;
  double best_;
  int64_t bad_ = 0, cooldown_left_ = 0;
};

using ReduceOnPlateauLR = Scheduled<ReduceOnPlateauRule, ScheduleForm::lr>;
using ReduceOnPlateauMomentum = Scheduled<ReduceOnPlateauRule, ScheduleForm::momentum>;
using ReduceOnPlateauParamScheduler = Scheduled<ReduceOnPlateauRule, ScheduleForm::by_name>;

}  // namespace millrace
