#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "millrace/runner/hook.h"

namespace millrace {

/// The point that belongs to a member function of Hook: hook_point<&Hook::before_train> is HookPoint::before_train.
template <auto Member>
inline constexpr HookPoint hook_point = HookPoint::count;
#define MILLRACE_POINT(name) \
  template <>                \
  inline constexpr HookPoint hook_point<&Hook::name> = HookPoint::name;
MILLRACE_HOOK_POINTS(MILLRACE_POINT)
#undef MILLRACE_POINT

/// The hooks of a run, sorted by priority, and for each point those that override it.
class HookList {
 public:
  /// Behind all hooks of the same or a smaller priority. `settings` tell hooks of one class apart in checkpoints: the
  /// config that it is made from, "" for an instance. Throws Error if it is null, and while hooks are called.
  void add(std::shared_ptr<Hook> hook, std::string settings = "");
  const std::vector<std::shared_ptr<Hook>>& all() const { return hooks_; }

  /// Calls the point of every hook that overrides it:
  ///
  ///     hooks.call<&Hook::before_train>(RunPoint{runner});
  ///
  /// Where one throws, the others are called all the same: an iteration is done by all of them or by none. Then the
  /// first exception goes on; an Error has a note with the name of the hook, and one for each that failed after it.
  template <auto Point, class Context>
  void call(Context&& context) {
    static_assert(hook_point<Point> != HookPoint::count, "the generic points are called by Hook itself");
    std::exception_ptr failure;
    ++calls_;
    for (Hook* hook : at_point_[static_cast<size_t>(hook_point<Point>)]) {
      try {
        (hook->*Point)(context);
      } catch (...) {
        failure = first_failure(failure, *hook, hook_point<Point>);
      }
    }
    --calls_;
    if (failure) std::rethrow_exception(failure);
  }

  /// Whether any hook overrides the point; ask first if the context is costly to make.
  template <auto Point>
  bool listens() const {
    return !at_point_[static_cast<size_t>(hook_point<Point>)].empty();
  }

  /// The states of the hooks that have one, by the names of their classes; the second of a class, in the order in which
  /// they were added, is "Class#2".
  State state_dict() const;
  /// The settings of those hooks, by the same names: what tells them apart where their order has changed.
  State settings() const;
  /// What the user should know after a load.
  struct Loaded {
    std::vector<std::string> left;     // names of states that no hook has taken
    std::vector<std::string> notices;  // of hooks of one class whose states are not where they were
  };
  /// Loads the state of each hook that has one. Where a class has several, a hook takes the state of its settings; what
  /// is left goes by order.
  Loaded load_state_dict(const State& states, const State& settings = {});

  /// "after_train_iter:" and a line for each hook, as the log shows them at the start.
  std::string table() const;

 private:
  struct Added {
    int64_t number = 0;  // among the hooks of its class, from 1
    std::string settings;
  };
  std::string state_name(const Hook& hook) const;
  std::vector<Hook*> of_class(const std::string& name) const;
  std::vector<std::string> load_class(const std::string& name, const State& states, const State& settings,
                                      std::vector<std::string>& left);
  /// The exception that is being handled, or the one before it, with notes.
  static std::exception_ptr first_failure(const std::exception_ptr& before, const Hook& hook, HookPoint at);

  std::vector<std::shared_ptr<Hook>> hooks_;
  std::map<const Hook*, Added> added_;
  int calls_ = 0;  // that are under way, one within the other
  std::array<std::vector<Hook*>, static_cast<size_t>(HookPoint::count)> at_point_;
};

}  // namespace millrace
