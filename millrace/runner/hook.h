#pragma once

#include <string>
#include <type_traits>

#include "millrace/registry/registry.h"
#include "millrace/runner/hook_contexts.h"
#include "millrace/runner/hook_points.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Something that happens beside training: logging, saving, timing, averaging. Override the points you need; a point
/// that nobody overrides costs nothing.
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

  // The generic points: called by the specific ones of all three modes where those are not overridden.
  virtual void before_epoch(EpochPoint&) {}
  virtual void after_epoch(EpochPoint&) {}
  virtual void before_iter(IterPoint&) {}
  virtual void after_iter(IterPoint&) {}

  virtual void before_load_checkpoint(CheckpointPoint&) {}
  virtual void after_load_checkpoint(CheckpointPoint&) {}
  virtual void before_save_checkpoint(CheckpointPoint&) {}
  virtual void after_save_checkpoint(CheckpointPoint&) {}

  virtual void before_backward(OptimPoint&) {}
  virtual void after_backward(OptimPoint&) {}
  virtual void before_optim_step(OptimPoint&) {}
  virtual void after_optim_step(OptimPoint&) {}

  /// A stop takes effect; a save that is asked for here is made before the run ends.
  virtual void on_stop(StopPoint&) {}
  virtual void on_signal(StopPoint&) {}
  virtual void on_exception(ExceptionPoint&) {}

  /// The priority of the class; a config's `priority` key comes before it.
  virtual int default_priority() const { return kNormal; }
  int priority() const { return priority_ >= 0 ? priority_ : default_priority(); }
  void set_priority(int priority) { priority_ = priority; }

  /// What the hook must know again after a resume; none if nothing. Saved under the class's name.
  virtual State state_dict() const { return {}; }
  virtual void load_state_dict(const State&) {}

  /// The class's name, for logs and errors.
  const std::string& name() const { return name_; }
  HookPoints points() const { return points_; }

  /// Notes which points the class overrides. Called by the registry and by Runner::add_hook.
  template <class T>
  static void adopt(T& hook) {
    Hook& base = hook;
    base.points_ = points_of<T>();
    base.name_ = detail::class_name<T>();
  }

  static constexpr int kHighest = 0, kVeryHigh = 10, kHigh = 30, kAboveNormal = 40, kNormal = 50, kBelowNormal = 60,
                       kLow = 70, kVeryLow = 90, kLowest = 100;

 private:
  template <class T>
  static HookPoints points_of();
  void forward_epoch(RunPoint& point, Mode mode, void (Hook::*generic)(EpochPoint&));

  HookPoints points_;
  std::string name_;
  int priority_ = -1;
};

/// The point that a member function of Hook is: hook_point<&Hook::before_train> is HookPoint::before_train.
template <auto Member>
inline constexpr HookPoint hook_point = HookPoint::count;
#define MILLRACE_POINT(name) \
  template <>                \
  inline constexpr HookPoint hook_point<&Hook::name> = HookPoint::name;
MILLRACE_HOOK_POINTS(MILLRACE_POINT)
#undef MILLRACE_POINT

/// "VERY_LOW" or 90, as configs write priorities. Adds a mistake to the binder for anything else.
int parse_priority(const Value& value, Binder& binder);
/// "VERY_LOW" for 90, "45" for a number without a name.
std::string priority_name(int priority);

namespace detail {

template <class Member>
struct MemberOf;
template <class T, class R, class... A>
struct MemberOf<R (T::*)(A...)> {
  using Class = T;
};

}  // namespace detail

// A member that is found in Hook itself is not overridden. One that is private in T, or overloaded there, cannot be
// named: it is there.
#define MILLRACE_OVERRIDES(T, point)                                                       \
  [] {                                                                                     \
    if constexpr (requires { &T::point; })                                                 \
      return !std::is_same_v<typename detail::MemberOf<decltype(&T::point)>::Class, Hook>; \
    else return true;                                                                      \
  }()

template <class T>
HookPoints Hook::points_of() {
  HookPoints points;
#define MILLRACE_POINT(name) points.set(HookPoint::name, MILLRACE_OVERRIDES(T, name));
  MILLRACE_HOOK_POINTS(MILLRACE_POINT)
#undef MILLRACE_POINT
  using enum HookPoint;
  if (MILLRACE_OVERRIDES(T, before_epoch)) points.set(before_train_epoch).set(before_val_epoch).set(before_test_epoch);
  if (MILLRACE_OVERRIDES(T, after_epoch)) points.set(after_train_epoch).set(after_val_epoch).set(after_test_epoch);
  if (MILLRACE_OVERRIDES(T, before_iter)) points.set(before_train_iter).set(before_val_iter).set(before_test_iter);
  if (MILLRACE_OVERRIDES(T, after_iter)) points.set(after_train_iter).set(after_val_iter).set(after_test_iter);
  return points;
}

}  // namespace millrace
