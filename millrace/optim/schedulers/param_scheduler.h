#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/optim/param_group.h"
#include "millrace/optim/schedulers/schedule_facts.h"
#include "millrace/optim/schedulers/schedule_rule.h"
#include "millrace/registry/component.h"
#include "millrace/tensor/state.h"

namespace millrace {

class OptimWrapper;

/// Changes one number of every group of an optimizer, step by step, by a ScheduleRule.
///
/// Most rules change the current value of the group, so that several compose: a warm-up, then a decay. You can schedule
/// any number of the groups: lr, momentum (betas[0] for Adam and similar), weight_decay, …
///
/// A schedule acts from start() on, which ParamSchedulers calls to set the values of the first iteration. A schedule
/// that depends on metrics counts epochs in step(), and acts in observe().
class ParamScheduler {
 public:
  static constexpr const char* kKind = "ParamScheduler";
  using Registry = millrace::Registry<ParamScheduler, OptimWrapper&>;

  using Facts = ScheduleFacts;

  virtual ~ParamScheduler() = default;
  ParamScheduler(const ParamScheduler&) = delete;
  ParamScheduler& operator=(const ParamScheduler&) = delete;

  /// Resolves `end`, converts epochs to iterations if asked, stores `initial_PARAM` in each group, and makes the first
  /// step. Throws Error if epochs must be converted and their length is unknown.
  void start(const Horizon& horizon);
  void step();
  /// Called after a validation; `iteration` is the number of iterations so far. Throws Error if the schedule's metric
  /// is missing.
  void observe(const MetricMap& metrics, int64_t iteration);
  const Facts& facts() const { return facts_; }
  /// Whether it acts in observe().
  bool observes() const { return !facts_.monitor.empty(); }

  /// Goes back to before the first step and restores the values of the groups; keeps what it has observed.
  void reset();
  /// In a replay: repeats what observe() did after this many iterations.
  void repeat(int64_t iteration);

  /// Whether it counts epochs; false after start() if it was converted to iterations.
  bool by_epoch() const { return range_.by_epoch; }
  const std::string& param_name() const { return facts_.param_name; }
  /// Warnings about the settings, for the log after start().
  const std::vector<std::string>& warnings() const { return warnings_; }
  OptimWrapper& optim() { return optim_; }
  /// The value of each group after the last step that changed it.
  const std::vector<double>& last_values() const { return last_values_; }

  /// In MMEngine's layout: the settings, the counters, and a base and a last value for each group of a checkpoint. A
  /// schedule that observes adds `acted_at`: the iterations after which it changed the values.
  State state_dict() const;
  /// Whether the state comes from a schedule with the same settings, on groups with the same initial values.
  bool has_settings_of(const State& state) const;
  /// Loads the counters.
  void load_state_dict(const State& state);
  /// Loads what was observed, even if the settings differ. Returns whether the state is from such a schedule.
  bool load_progress(const State& state);

 protected:
  /// Throws Error if a group has no number of this name.
  ParamScheduler(OptimWrapper& optim, Facts facts, std::unique_ptr<ScheduleRule> rule);

 private:
  struct Target {
    ParamGroup* group;
    ParamGroup::Slot slot;
    double initial;  // as the rule sees it
    double before;   // what a replay begins with
  };
  std::vector<Target> targets_of(const std::string& param_name);
  void settle_rule(const ScheduleSpan& span);
  bool is_in_range() const { return global_step_ >= range_.begin && global_step_ < end_; }
  void move_values();
  void warn(std::string text) { warnings_.push_back(std::move(text)); }
  State settings_and_bases() const;
  /// The settings that a checkpoint of MMEngine lacks.
  State more_settings() const;
  State by_file_group(const std::vector<double>& values) const;
  void log_change() const;

  OptimWrapper& optim_;
  const Facts facts_;
  Range range_;  // in steps; differs from the facts if epochs were converted to iterations
  std::unique_ptr<ScheduleRule> rule_;
  int64_t end_;
  int64_t global_step_, last_step_;
  std::vector<Target> targets_, momenta_;  // momenta_: if the rule moves them, too
  std::vector<double> last_values_;
  std::vector<int64_t> acted_at_;
  std::vector<std::string> warnings_;
};

}  // namespace millrace
