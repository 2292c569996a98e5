#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace millrace {

/// Counts the updates of a training, and decides which of them end with a step and by what each loss is divided.
///
/// With A = `counts`, c = updates before this one and M their number in the whole training:
///     the loss is divided by A, in the last M mod A updates by M mod A;  steps are at c + 1 = k A and at c + 1 = M.
/// A schedule changes A on the way. Each of its parts is such a training: its groups begin with it, and the updates that
/// are left over at its end make a smaller group.
class Accumulation {
 public:
  /// (begin, counts) pairs: from `begin` on, `counts` updates make a step. The first begins at 0.
  using Schedule = std::vector<std::pair<int64_t, int64_t>>;
  enum class Unit { updates, epochs };  // of `begin`

  /// Throws Error if counts < 1.
  explicit Accumulation(int64_t counts);
  Accumulation(Schedule schedule, Unit unit);

  /// The updates done, their total, and how many an epoch has; -1 if unknown. Until begin() is told of epochs, those of
  /// a schedule have no end. Throws Error if the schedule needs the length of an epoch, and a training has none.
  void begin(int64_t done, int64_t max, int64_t epoch_length);
  void count() { ++done_; }
  /// What a checkpoint holds, or what there was before updates that are forgotten.
  void set_done(int64_t done) { done_ = done; }

  /// Whether the next update ends with a step.
  bool is_closing() const;
  /// The divisor of the next update's loss.
  double divisor() const;
  /// How many of `done` updates were in whole groups.
  int64_t group_begin(int64_t done) const;
  /// Of the group to which the next update belongs; a rest at the end of a part has fewer.
  int64_t counts() const { return part_of(done_).counts; }
  bool knows_counts() const { return unit_ == Unit::updates || epoch_length_ > 0; }
  int64_t done() const { return done_; }

 private:
  struct Part {
    int64_t begin = 0, end = -1, counts = 1;  // in updates; an end of -1 is unknown
  };
  Part part_of(int64_t done) const;

  Schedule schedule_;
  Unit unit_ = Unit::updates;
  int64_t done_ = 0;
  int64_t max_ = -1;
  int64_t epoch_length_ = -1;
};

}  // namespace millrace
