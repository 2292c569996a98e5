#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "millrace/eval/metric.h"
#include "millrace/registry/registry.h"
#include "millrace/runner/hook_contexts.h"
#include "millrace/runner/hook_points.h"
#include "millrace/runner/overridden_points.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Adds something to a training: logging, saving, timing, averaging. Override the points you need; a point that nobody
/// overrides costs nothing.
///
///     class StopAtLoss final : public Hook {
///       void after_train_iter(TrainIter& point) override;
///     };
///     MILLRACE_REGISTER(Hook, StopAtLoss);
///
/// Hooks ask and the loop acts: `runner.request_save(…)` and `runner.request_stop(…)` are served after all hooks of the
/// iteration or epoch. Smaller priorities run earlier, equal ones in the order in which they were added.
class Hook {
 public:
  static constexpr const char* kKind = "Hook";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<Hook>;

  /// The facts on a hook that are known before it is built.
  struct Facts {
    /// Complains if the hook cannot work with the values that the validation gives. Empty if it needs none of them.
    std::function<void(const std::vector<Metric::Figure>& figures, Complaints& complaints)> check_figures{};
  };

  virtual ~Hook() = default;

  virtual void before_run(RunPoint&) {}
  virtual void after_run(RunPoint&) {}
  virtual void before_train(RunPoint&) {}
  virtual void after_train(RunPoint&) {}
  virtual void before_val(RunPoint&) {}
  virtual void after_val(RunPoint&) {}
  virtual void before_test(RunPoint&) {}
  virtual void after_test(RunPoint&) {}

  virtual void before_train_epoch(RunPoint& point) { forward_epoch(point, Mode::train, &Hook::before_epoch); }
  virtual void after_train_epoch(RunPoint& point) { forward_epoch(point, Mode::train, &Hook::after_epoch); }
  virtual void before_val_epoch(RunPoint& point) { forward_epoch(point, Mode::val, &Hook::before_epoch); }
  virtual void before_test_epoch(RunPoint& point) { forward_epoch(point, Mode::test, &Hook::before_epoch); }
  virtual void after_val_epoch(EvalEnd& point);
  virtual void after_test_epoch(EvalEnd& point);

  virtual void before_train_iter(TrainIter& point);
  virtual void after_train_iter(TrainIter& point);
  virtual void before_val_iter(EvalIter& point);
  virtual void after_val_iter(EvalIter& point);
  virtual void before_test_iter(EvalIter& point);
  virtual void after_test_iter(EvalIter& point);

  // The generic points: the specific ones of all three modes call them unless overridden.
  virtual void before_epoch(EpochPoint&) {}
  virtual void after_epoch(EpochPoint&) {}
  virtual void before_iter(IterPoint&) {}
  virtual void after_iter(IterPoint&) {}

  // What a hook has put into a checkpoint beside the run's own keys, it takes out in after_load_checkpoint: the log names
  // what is left.
  virtual void before_load_checkpoint(CheckpointPoint&) {}
  virtual void after_load_checkpoint(CheckpointPoint&) {}
  virtual void before_save_checkpoint(CheckpointPoint&) {}
  virtual void after_save_checkpoint(CheckpointPoint&) {}

  virtual void before_backward(OptimPoint&) {}
  virtual void after_backward(OptimPoint&) {}
  virtual void before_optim_step(OptimPoint&) {}
  virtual void after_optim_step(OptimPoint&) {}

  /// Called when a stop takes effect. A save that is requested here is made before the run ends.
  virtual void on_stop(StopPoint&) {}
  virtual void on_signal(StopPoint&) {}
  /// An error ends the call; a save that is asked for here is made where that is possible (see the point).
  virtual void on_exception(ExceptionPoint&) {}

  /// The priority of the class; a config's `priority` key takes precedence over it.
  virtual int default_priority() const { return kNormal; }
  int priority() const { return priority_ >= 0 ? priority_ : default_priority(); }
  void set_priority(int priority) { priority_ = priority; }

  /// What facts_of() says of a hook that is an object already.
  virtual Facts facts() const { return {}; }

  /// The state that the hook needs after a resume, or None. Saved under the class's name.
  virtual State state_dict() const { return {}; }
  virtual void load_state_dict(const State&) {}

  /// Called before a training's first step with the figures of a few batches of its validation. Throws Error if the hook
  /// needs one that is not there. No hook point: it changes nothing.
  virtual void check_metrics(const MetricMap&) const {}

  /// The class's name, for logs and errors.
  const std::string& name() const { return name_; }
  HookPoints points() const { return points_; }

  /// Notes which points the class overrides. Called by the registry and by Runner::add_hook.
  template <class T>
  static void adopt(T& hook) {
    Hook& base = hook;
    base.points_ = overridden_points<Hook, T>();
    base.name_ = detail::class_name<T>();
  }

  static constexpr int kHighest = 0, kVeryHigh = 10, kHigh = 30, kAboveNormal = 40, kNormal = 50, kBelowNormal = 60,
                       kLow = 70, kVeryLow = 90, kLowest = 100;

 private:
  void forward_epoch(RunPoint& point, Mode mode, void (Hook::*generic)(EpochPoint&));

  HookPoints points_;
  std::string name_;
  int priority_ = -1;
};

}  // namespace millrace
