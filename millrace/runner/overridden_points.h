#pragma once

#include <type_traits>

#include "millrace/runner/hook_points.h"

namespace millrace {

namespace detail {

template <class Member>
struct MemberOf;
template <class T, class R, class... A>
struct MemberOf<R (T::*)(A...)> {
  using Class = T;
};

}  // namespace detail

// A member that is found in Hook itself is not overridden. A member that can't be named is private or overloaded in T,
// so T has declared it.
#define MILLRACE_OVERRIDES(T, point)                                                       \
  [] {                                                                                     \
    if constexpr (requires { &T::point; })                                                 \
      return !std::is_same_v<typename detail::MemberOf<decltype(&T::point)>::Class, Hook>; \
    else return true;                                                                      \
  }()

/// The points that the class T overrides, found at compile time; `Hook` is the base that declares them. Overriding a
/// generic point, such as before_epoch, counts for the specific points of all three modes.
template <class Hook, class T>
HookPoints overridden_points() {
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

#undef MILLRACE_OVERRIDES

}  // namespace millrace
