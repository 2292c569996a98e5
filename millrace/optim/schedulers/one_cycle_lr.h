#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/optim/schedulers/group_values.h"
#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Raises the value to `eta_max`, then lowers it far below its start (Smith and Topin 2017, arXiv 1708.07120; phases as
/// in PyTorch and MMEngine).
///
///     initial = eta_max / div_factor,  low = initial / final_div_factor,  N = total_steps,  t = 0 at `range.begin`
///     two phases    initial -> eta_max until t = pct_start N - 1,  eta_max -> low until N - 1
///     three phases  initial -> eta_max until t = pct_start N - 1,  -> initial until 2 pct_start N - 2,  -> low until N - 1
///     a -> b        cos: b + (a - b) (1 + cos(pi p)) / 2;  linear: a + (b - a) p;  p = part of the phase that is over
///
///     OneCycleLR scheduler(optim, {.eta_max = 0.1, .total_steps = 9000, .range = {.by_epoch = false}});
///
/// The value of the optimizer and of other schedules does not matter: it sets its own. The default of total_steps is
/// the length of the range. A training that goes on after total_steps is refused; if nobody knows its length, the last
/// value stays.
class OneCycleRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "OneCycle";
  enum class Anneal { cos, linear };
  struct Options {
    OneOrMany<double> eta_max = 0.0;
    std::optional<int64_t> total_steps;
    double pct_start = 0.3;
    Anneal anneal_strategy = Anneal::cos;
    double div_factor = 25;
    double final_div_factor = 1e4;
    bool three_phase = false;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("eta_max", &Options::eta_max, "the highest value, which has to be given; one for all groups, or one each")
          .at_least(0);
      f("total_steps", &Options::total_steps,
        "epochs (or iterations, see by_epoch) of the cycle; None: those of the range")
          .at_least(1);
      f("pct_start", &Options::pct_start, "part of the cycle in which the value rises").within(0, 1);
      f("anneal_strategy", &Options::anneal_strategy, "along half a cosine, or a line");
      f("div_factor", &Options::div_factor, "eta_max over the value at the start").above(0);
      f("final_div_factor", &Options::final_div_factor, "the value at the start over that at the end").above(0);
      f("three_phase", &Options::three_phase, "return to the start as long as the value rose, then go on to the end");
      f.flatten(&Options::range);
    }
    static void check(const Options& options, Complaints& complaints);
  };
  explicit OneCycleRule(Options options);
  static void add_facts(const Options& options, ScheduleFacts& facts);

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  State more_settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;
  std::vector<GroupNumber> group_numbers(size_t group) const override;

 private:
  enum class Level { initial, max, min };
  struct Phase {
    double end;  // the step at which it has reached `to`
    Level from, to;
  };
  double level(Level which, size_t group) const;
  static const char* level_name(Level which);

  Options options_;
  GroupValues max_;
  std::vector<Phase> phases_;
};

using OneCycleLR = Scheduled<OneCycleRule, ScheduleForm::lr>;
using OneCycleParamScheduler = Scheduled<OneCycleRule, ScheduleForm::by_name>;

}  // namespace millrace
