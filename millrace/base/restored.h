#pragma once

#include <utility>

namespace millrace {

/// Gives a variable another value while this object lives. The variable must live longer.
///
///     const Restored<bool> quiet(logging, false);
template <class T>
class Restored {
 public:
  Restored(T& variable, T value) : variable_(variable), before_(std::exchange(variable, std::move(value))) {}
  ~Restored() { variable_ = std::move(before_); }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

  const T& before() const { return before_; }

 private:
  T& variable_;
  T before_;
};

}  // namespace millrace
