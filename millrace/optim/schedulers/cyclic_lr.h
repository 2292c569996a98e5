#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/config/expression.h"
#include "millrace/optim/schedulers/group_values.h"
#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Moves the value up and down between two bounds (Smith 2015, arXiv 1506.01186; torch.optim.lr_scheduler.CyclicLR).
///
///     value(t) = base + (max - base) h(t) s        t = 0 at `range.begin`
///     h     0 at the start of a cycle, 1 after step_size_up steps, 0 after step_size_down more; linear between
///     s     triangular: 1;  triangular2: 2^(1 - cycle), cycle = 1, 2, ...;  exp_range: gamma^t;  or scale_fn
///
///     CyclicLR scheduler(optim, {.base_lr = 0.001, .max_lr = 0.1, .wave = {.step_size_up = 2000}});
///
/// The value of the optimizer and of other schedules does not matter: it sets its own. CyclicLR moves the momentum
/// against the lr, from max_momentum down to base_momentum, unless cycle_momentum is off; then the optimizer needs no
/// momentum (beta1 counts). For CyclicMomentum and CyclicParamScheduler the bounds are base_value and max_value, in any
/// order. With convert_to_iter_based, t of gamma^t and of scale_fn counts epochs, with fractions.
class CyclicRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Cyclic";
  enum class Mode { triangular, triangular2, exp_range };
  enum class ScaleMode { cycle, iterations };
  /// The form of the cycles.
  struct Wave {
    int64_t step_size_up = 2000;
    std::optional<int64_t> step_size_down;
    Mode mode = Mode::triangular;
    double gamma = 1;
    std::optional<std::string> scale_fn;
    ScaleMode scale_mode = ScaleMode::cycle;

    template <class Fields>
    static void describe(Fields& f) {
      f("step_size_up", &Wave::step_size_up, "epochs (or iterations, see by_epoch) from the base to the top")
          .at_least(1);
      f("step_size_down", &Wave::step_size_down, "from the top to the base; None: as many").at_least(0);
      f("mode", &Wave::mode, "whether all cycles have the same height, each half of the last, or gamma^t");
      f("gamma", &Wave::gamma, "of mode exp_range");
      f("scale_fn", &Wave::scale_fn, "instead of mode: an expression of x, '1 / 5 ** (x * 0.0001)'").not_empty();
      f("scale_mode", &Wave::scale_mode, "what x of scale_fn counts: cycles from 1, or steps from 0");
    }
    static void check(const Wave& wave, Complaints& complaints);
  };
  struct Options {
    Required<OneOrMany<double>> base_value;
    Required<OneOrMany<double>> max_value;
    Wave wave{};
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("base_value", &Options::base_value, "the value at the start of each cycle; one for all groups, or one each");
      f("max_value", &Options::max_value, "the value in its middle; one for all groups, or one each");
      f.flatten(&Options::wave);
      f.flatten(&Options::range);
    }
  };
  struct LROptions {
    Required<OneOrMany<double>> base_lr;
    Required<OneOrMany<double>> max_lr;
    Wave wave{};
    bool cycle_momentum = true;
    OneOrMany<double> base_momentum = 0.8;
    OneOrMany<double> max_momentum = 0.9;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("base_lr", &LROptions::base_lr, "the lr at the start of each cycle; one for all groups, or one each")
          .at_least(0);
      f("max_lr", &LROptions::max_lr, "the lr in its middle; one for all groups, or one each").at_least(0);
      f.flatten(&LROptions::wave);
      f("cycle_momentum", &LROptions::cycle_momentum, "move the momentum too, against the lr");
      f("base_momentum", &LROptions::base_momentum, "the momentum in the middle of a cycle").at_least(0);
      f("max_momentum", &LROptions::max_momentum, "the momentum at the start of each cycle").at_least(0);
      f.flatten(&LROptions::range);
    }
  };
  explicit CyclicRule(Options options);
  explicit CyclicRule(LROptions options);
  static void add_facts(const Options& options, ScheduleFacts& facts);
  static void add_facts(const LROptions& options, ScheduleFacts& facts);

  double next(const ScheduleStep& step) const override;
  double next_momentum(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;
  std::vector<GroupNumber> group_numbers(size_t group) const override;

 private:
  CyclicRule(Wave wave, GroupValues base, GroupValues top);
  /// How far the value is from its base, as a part of the way: h times s.
  double height(int64_t t) const;
  double scale(int64_t cycle, int64_t t) const;

  Wave wave_;
  GroupValues base_, top_;
  std::vector<GroupValues> momentum_;  // at the base and at the top; empty: it is not moved
  std::optional<Expression> scale_fn_;
  int64_t steps_per_unit_ = 1;  // of t in gamma^t: iterations of an epoch after a conversion
};

using CyclicLR = Scheduled<CyclicRule, ScheduleForm::lr>;
using CyclicMomentum = Scheduled<CyclicRule, ScheduleForm::momentum>;
using CyclicParamScheduler = Scheduled<CyclicRule, ScheduleForm::by_name>;

}  // namespace millrace
