#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

class MetricMap;

/// What a rule is asked for: the next value of one parameter group.
struct ScheduleStep {
  double value;    // that the group has
  int64_t t;       // the step, 0 at `begin`
  double initial;  // of the group before any schedule
  size_t group;    // its number in the OptimWrapper
};

/// Where a rule acts, known when the training is.
struct ScheduleSpan {
  int64_t length;                   // steps from begin to end
  std::vector<size_t> file_groups;  // of each group of a checkpoint, the group that it is here
};

/// How a schedule moves a value: the part that differs between schedules.
///
/// A rule has `kName` ("Step") and Options with a `Range range`; Scheduled (scheduled.h) makes StepLR, StepMomentum and
/// StepParamScheduler of it. Most rules work on the value that the group has, so that several compose.
class ScheduleRule {
 public:
  virtual ~ScheduleRule() = default;

  virtual double next(const ScheduleStep& step) const = 0;
  /// Its settings by the names of MMEngine's attributes: for checkpoints, and to tell whether a resume has others.
  virtual State settings() const = 0;
  /// Settings that are lengths in epochs become iterations.
  virtual void convert_lengths(int64_t iters_per_epoch) {}
  /// Called before the first step. Returns what looks like a mistake, for the log.
  virtual std::optional<std::string> settle(const ScheduleSpan& span) { return std::nullopt; }

  // A rule that goes by the metrics of validations (ReduceOnPlateau) overrides these too. It makes no step by itself:
  // next() is asked for when observe() says so.
  /// The metric that it goes by; empty: the rule goes by steps.
  virtual std::string monitor() const { return {}; }
  /// Takes the metrics of a validation in. Returns whether the values move now. Throws Error if the metric is missing.
  virtual bool observe(const MetricMap& metrics) { return false; }
  /// What it remembers, by the names of MMEngine's attributes. It outlives a change of the settings.
  virtual State progress() const { return State::dict(); }
  /// Returns whether the state is that of such a rule.
  virtual bool load_progress(const State& state) { return false; }
};

}  // namespace millrace
