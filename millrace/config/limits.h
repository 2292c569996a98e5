#pragma once

#include <cstdint>

#include "millrace/base/place.h"

namespace millrace {

/// What reading one config with all its bases may cost. Any input ends within these limits, in about a second. The
/// costliest public configs need about a hundredth of them.
struct Limits {
  int64_t steps = 2'000'000;            // nodes evaluated, elements made, copied or compared
  int64_t bytes = 64 << 20;             // text made by expressions
  int64_t file_bytes = 4 << 20;         // one file
  int files = 1000;                     // files read
  int chain = 50;                       // files on one chain of bases
  static constexpr int kNesting = 150;  // brackets or blocks in each other in one source, and the depth of a tree
  static constexpr int kCalls = 800;    // expressions in evaluation at one time
};

/// Counts down what is left of the limits; throws Error at the given place when a limit is reached.
class Budget {
 public:
  explicit Budget(const Limits& limits = {}) : limits_(limits) {}

  void steps(int64_t count, const Place& place) {
    if (!enough_steps(count)) refuse_steps(place);
  }
  void bytes(int64_t count, const Place& place) {
    if (!enough_bytes(count)) refuse_bytes(place);
  }
  void file(const Place& place);

  // For callers to whom a place is costly: true while the limits hold.
  bool enough_steps(int64_t count) { return (steps_ += count) <= limits_.steps; }
  bool enough_bytes(int64_t count) { return (bytes_ += count) <= limits_.bytes; }
  [[noreturn]] void refuse_steps(const Place& place) const;
  [[noreturn]] void refuse_bytes(const Place& place) const;

  const Limits& limits() const { return limits_; }
  int64_t steps_used() const { return steps_; }
  int64_t bytes_used() const { return bytes_; }

 private:
  Limits limits_;
  int64_t steps_ = 0;
  int64_t bytes_ = 0;
  int files_ = 0;
};

}  // namespace millrace
