#pragma once

#include <cstdint>
#include <optional>

namespace millrace {

/// Some of n places: one, or every `step`-th from `start` up to, not including, `stop`, as in Python.
///
///     Slice(3);              // place 3, as the only one
///     Slice(-1);             // the last
///     Slice(1, 5);           // 1, 2, 3, 4, as far as there are
///     Slice({}, {}, 2);      // 0, 2, 4, …
///     Slice();               // all
class Slice {
 public:
  struct Places {
    int64_t start = 0, count = 0, step = 1;
  };

  Slice() = default;
  Slice(int64_t place) : start_(place), is_one_(true) {}  // NOLINT: a number is a place
  Slice(std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step = 1)
      : start_(start), stop_(stop), step_(step) {}

  /// The places among `size`. Throws Error for one place that isn't there and for a step below 1; a stretch is cut.
  Places within(int64_t size) const;

 private:
  std::optional<int64_t> start_{}, stop_{};
  int64_t step_ = 1;
  bool is_one_ = false;
};

}  // namespace millrace
