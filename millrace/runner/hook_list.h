#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "millrace/runner/hook.h"

namespace millrace {

/// The hooks of a run, by priority, and for each point those that implement it.
class HookList {
 public:
  /// Behind all hooks of the same or a smaller priority.
  void add(std::shared_ptr<Hook> hook);
  const std::vector<std::shared_ptr<Hook>>& all() const { return hooks_; }

  /// Calls the point of every hook that implements it. An Error gets a note with the hook's name; other exceptions
  /// pass.
  template <class Context>
  void call(HookPoint at, void (Hook::*point)(Context&), Context&& context) {
    call(at, point, context);
  }
  template <class Context>
  void call(HookPoint at, void (Hook::*point)(Context&), Context& context) {
    const std::vector<Hook*>& hooks = at_point_[static_cast<size_t>(at)];
    if (hooks.empty()) return;
    Hook* current = nullptr;
    try {
      for (Hook* hook : hooks) {
        current = hook;
        (hook->*point)(context);
      }
    } catch (Error& error) {
      name_hook(error, *current, at);
      throw;
    }
  }

  /// Whether anyone listens: where making the context costs something.
  bool listens(HookPoint at) const { return !at_point_[static_cast<size_t>(at)].empty(); }

  /// "after_train_iter:" and a line for each hook, as the log shows them at the start.
  std::string table() const;

 private:
  static void name_hook(Error& error, const Hook& hook, HookPoint at);

  std::vector<std::shared_ptr<Hook>> hooks_;
  std::array<std::vector<Hook*>, static_cast<size_t>(HookPoint::count)> at_point_;
};

/// `MILLRACE_CALL_HOOKS(hooks, before_train, RunPoint{runner})`
#define MILLRACE_CALL_HOOKS(hooks, point, ...) \
  (hooks).call(::millrace::HookPoint::point, &::millrace::Hook::point, __VA_ARGS__)

}  // namespace millrace
