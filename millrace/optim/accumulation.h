#pragma once

#include <cstdint>

namespace millrace {

/// Counts the updates of a training, and decides which of them end with a step and by what each loss is divided.
///
/// With A = `counts`, c = updates before this one and M their number in the whole training:
///     the loss is divided by A, in the last M mod A updates by M mod A;  steps are at c + 1 = k A and at c + 1 = M.
class Accumulation {
 public:
  /// Throws Error if counts < 1.
  explicit Accumulation(int64_t counts);

  /// The updates done and their total; `max` is -1 if unknown.
  void begin(int64_t done, int64_t max);
  void count() { ++done_; }
  /// Forgets updates: `done` is what there was before.
  void go_back(int64_t done) { done_ = done; }

  /// Whether the next update ends with a step.
  bool is_closing() const { return (done_ + 1) % counts_ == 0 || done_ + 1 == max_; }
  /// The divisor of the next update's loss.
  double divisor() const;
  int64_t counts() const { return counts_; }
  int64_t done() const { return done_; }

 private:
  int64_t counts_;
  int64_t done_ = 0;
  int64_t max_ = -1;
};

}  // namespace millrace
