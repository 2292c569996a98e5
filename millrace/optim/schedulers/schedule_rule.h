#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

class MetricMap;

/// The arguments for the next value of one parameter group.
struct ScheduleStep {
  double value;    // the current value
  int64_t t;       // the step, 0 at `begin`
  double initial;  // the value before any schedule
  size_t group;    // its number in the OptimWrapper
};

/// The range of a rule, known when the training is built.
struct ScheduleSpan {
  int64_t length;                   // steps from begin to end
  bool has_end;                     // false: neither the schedule nor the training has a known end, and length is huge
  std::vector<size_t> file_groups;  // for each group of a checkpoint, the group here
};

/// A number that a rule stores in a parameter group, as MMEngine does: {"max", 0.1} is `max_lr` for a schedule of lr.
struct GroupNumber {
  const char* prefix;
  double value;
};

/// How a schedule changes a value: the part in which schedules differ.
///
/// A rule has `kName` ("Step") and Options with a `Range range`; Scheduled (scheduled.h) makes StepLR, StepMomentum and
/// StepParamScheduler from it. Most rules change the current value of the group, so that several compose.
class ScheduleRule {
 public:
  virtual ~ScheduleRule() = default;

  virtual double next(const ScheduleStep& step) const = 0;
  /// Its settings with the names of MMEngine's attributes, for checkpoints, and to see whether a resume has changed
  /// them.
  virtual State settings() const = 0;
  /// Converts settings that are lengths from epochs to iterations.
  virtual void convert_lengths(int64_t iters_per_epoch) {}
  /// Called before the first step. Returns warnings for the log.
  virtual std::optional<std::string> settle(const ScheduleSpan& span) { return std::nullopt; }

  // A rule that does not start from the optimizer's value (OneCycle, Cyclic) overrides these.
  /// What it stores in a group after settle(). "initial" replaces the value before any schedule, for it and for the
  /// schedules after it.
  virtual std::vector<GroupNumber> group_numbers(size_t group) const { return {}; }
  /// More settings, which MMEngine does not save: a checkpoint without them is still one of the same settings.
  virtual State more_settings() const { return State::dict(); }
  /// The next momentum, for a rule whose facts have `moves_momentum`; step.value is the momentum.
  virtual double next_momentum(const ScheduleStep& step) const { return step.value; }

  // A rule that depends on the metrics of validations (ReduceOnPlateau) overrides these too, and names its metric in a
  // static `add_facts(const Options&, ScheduleFacts&)`. It does not act in steps: next() is called when observe()
  // returns true.
  /// Gets the metrics of a validation. Returns whether the values change now. Throws Error if the metric is missing.
  virtual bool observe(const MetricMap& metrics) { return false; }
  /// Its memory, with the names of MMEngine's attributes. A resume with other settings keeps it.
  virtual State progress() const { return State::dict(); }
  /// Returns whether the state is from such a rule.
  virtual bool load_progress(const State& state) { return false; }
};

}  // namespace millrace
