#pragma once

#include <concepts>
#include <utility>

#include "millrace/registry/required.h"

namespace millrace {

/// The default value of a Default.
template <class T>
struct ByDefault {
  T value;
};
template <class T>
ByDefault<T> by_default(T value) {
  return {std::move(value)};
}

/// A field of an Options that several components share; each of them may set another default in its `defaults`. The
/// field knows whether it was given, so a given value wins even if it equals the shared default.
///
///     struct Options { Default<double> weight_decay = by_default(0.0); };    // of Adam and of AdamW
///     struct AdamW { static void defaults(Options& o) { o.weight_decay = 1e-2; } };
///
/// So `AdamW(groups, {.lr = 1})` has the weight_decay 0.01, and `AdamW(groups, {.weight_decay = 0})` has 0.
///
/// `checked<T>()` fills in the fields that were not given, so a constructor reads the field like a plain one.
template <class T>
class Default {
 public:
  using value_type = T;

  Default() = default;
  template <std::convertible_to<T> U>
  Default(ByDefault<U> value) : value_(std::move(value.value)) {}  // NOLINT: an option is what it holds
  template <detail::ValueOf<T, Default> U>
  Default(U&& value) : value_(std::forward<U>(value)), given_(true) {}  // NOLINT

  const T& operator*() const { return value_; }
  T& operator*() { return value_; }
  const T* operator->() const { return &value_; }
  operator const T&() const { return value_; }  // NOLINT
  bool is_given() const { return given_; }
  /// For the binder: the value is about to be written.
  T& emplace() {
    given_ = true;
    return value_;
  }
  /// Takes the other's value if this one was not given. From then on it counts as given.
  void settle(const Default& otherwise) {
    if (!given_) value_ = otherwise.value_;
    given_ = true;
  }

 private:
  T value_{};
  bool given_ = false;
};

}  // namespace millrace
