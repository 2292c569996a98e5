#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace millrace {

namespace detail {

template <class T>
T make_options();

/// An aggregate of options that has required fields, and may be a member of another aggregate.
template <class T>
concept HasRequired = std::is_aggregate_v<T> && !std::is_default_constructible_v<T> && requires {
  &T::template describe<class Fields>;
};

/// The binder makes Required fields, and aggregates that contain them, from this, before the config has filled them.
struct Unset {
  template <HasRequired T>
  operator T() const {  // NOLINT: the one purpose of the class
    return make_options<T>();
  }
};

/// A value that a Field of T can take: a T or something that converts to it, but no other Field.
template <class U, class T, class Field>
concept ValueOf = !std::same_as<std::remove_cvref_t<U>, Unset> && !std::same_as<std::remove_cvref_t<U>, Field> &&
                  std::convertible_to<U&&, T>;

}  // namespace detail

/// A field of an Options aggregate that has no default: leaving it out does not compile, and a config that lacks it is
/// refused.
///
///     struct Options { Required<int> step_size; double gamma = 0.1; };
///     StepLR scheduler(optim, {.step_size = 30});   // {} or {.gamma = 0.5} does not compile
///
/// Required fields come first in their aggregate, together with members that contain required fields.
template <class T>
class Required {
 public:
  using value_type = T;

  template <detail::ValueOf<T, Required> U>
  Required(U&& value) : value_(std::forward<U>(value)), set_(true) {}  // NOLINT: an option is what it holds
  Required(detail::Unset) {}                                           // NOLINT

  const T& operator*() const { return value_; }
  T& operator*() { return value_; }
  const T* operator->() const { return &value_; }
  operator const T&() const { return value_; }  // NOLINT
  bool is_set() const { return set_; }
  /// For the binder: the value is about to be written.
  T& emplace() {
    set_ = true;
    return value_;
  }

 private:
  T value_{};
  bool set_ = false;
};

/// One value or several: a config may have `0.5` or `[0.5, 0.1]`.
template <class T>
class OneOrMany {
 public:
  using value_type = T;

  OneOrMany() = default;
  template <class U>
  requires std::convertible_to<U&&, T> OneOrMany(U&& one) : values_{T(std::forward<U>(one))} {}  // NOLINT
  OneOrMany(std::initializer_list<T> many) : values_(many), many_(true) {}
  OneOrMany(std::vector<T> many) : values_(std::move(many)), many_(true) {}  // NOLINT

  const std::vector<T>& values() const { return values_; }
  size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  const T& operator[](size_t i) const { return values_[i]; }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  /// Whether it was given as a list, even of one value.
  bool is_list() const { return many_; }

 private:
  std::vector<T> values_;
  bool many_ = false;
};

}  // namespace millrace
