#pragma once

#include <array>
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
  /// Behind all hooks of the same or a smaller priority.
  void add(std::shared_ptr<Hook> hook);
  const std::vector<std::shared_ptr<Hook>>& all() const { return hooks_; }

  /// Calls the point of every hook that overrides it:
  ///
  ///     hooks.call<&Hook::before_train>(RunPoint{runner});
  ///
  /// An Error gets a note with the hook's name; other exceptions pass.
  template <auto Point, class Context>
  void call(Context&& context) {
    static_assert(hook_point<Point> != HookPoint::count, "the generic points are called by Hook itself");
    const std::vector<Hook*>& hooks = at_point_[static_cast<size_t>(hook_point<Point>)];
    if (hooks.empty()) return;
    Hook* current = nullptr;
    try {
      for (Hook* hook : hooks) {
        current = hook;
        (hook->*Point)(context);
      }
    } catch (Error& error) {
      name_hook(error, *current, hook_point<Point>);
      throw;
    }
  }

  /// Whether any hook overrides the point; ask first if the context is costly to make.
  template <auto Point>
  bool listens() const {
    return !at_point_[static_cast<size_t>(hook_point<Point>)].empty();
  }

  /// The states of the hooks that have one, by the names of their classes; a second hook of a class is "Class#2".
  State state_dict() const;
  /// Loads the state of each hook that has one.
  void load_state_dict(const State& states);

  /// "after_train_iter:" and a line for each hook, as the log shows them at the start.
  std::string table() const;

 private:
  std::vector<std::string> names() const;
  static void name_hook(Error& error, const Hook& hook, HookPoint at);

  std::vector<std::shared_ptr<Hook>> hooks_;
  std::array<std::vector<Hook*>, static_cast<size_t>(HookPoint::count)> at_point_;
};

}  // namespace millrace
