#pragma once

#include <c10/util/SmallVector.h>

#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// What lies beyond the border of an image: a constant, the border itself, or the image mirrored at it, without
/// (reflect) or with (symmetric) the border repeated.
enum class PaddingMode { constant, edge, reflect, symmetric };

/// Where each place along one axis of an output comes from: a place of the input, or -1 where a constant is filled in.
/// Windows, mirrors and constant paddings are a few numbers; other paddings and resizes are a table.
class AxisMap {
 public:
  AxisMap() = default;  // of no place
  /// Every place of an axis of `size`.
  explicit AxisMap(int64_t size) : input_(size), inner_(size) {}
  /// The axis in another size, each place from the one of the input that `sources` names: what a resize by the nearest
  /// pixel takes.
  AxisMap(int64_t size, std::span<const int64_t> sources);

  int64_t size() const { return inner_end() + after_; }
  /// How many places the axis has that it takes them from.
  int64_t input_size() const { return input_; }
  /// Adds `before` and `after` places at the ends; what they show is what the map itself shows there.
  AxisMap padded(int64_t before, int64_t after, PaddingMode mode) const;
  /// `size` places from `begin` on.
  AxisMap window(int64_t begin, int64_t size) const;
  AxisMap mirrored() const;
  /// This map, and then `next`, whose input is the output of this one.
  AxisMap then(const AxisMap& next) const;

  /// One a place.
  c10::SmallVector<int32_t, 64> sources() const;
  /// The places that show the input itself, and not what a padding repeats of it: annotations are there.
  int64_t inner_begin() const { return before_; }
  int64_t inner_end() const { return before_ + inner_; }
  bool has_fill() const;
  /// The first place of the input, if these are places of the input itself that follow each other; else -1. (One place
  /// of a mirror or a padding is none: what lies there is mirrored, or not there.)
  int64_t window_begin() const;

  /// Where a coordinate of the input lands: scale() · x + offset(). Place i covers [i, i + 1).
  double scale() const { return scale_; }
  double offset() const { return offset_; }

 private:
  int64_t input_ = 0;
  int64_t before_ = 0, inner_ = 0, after_ = 0;  // places of a padding, of the input itself, and of a padding
  int64_t first_ = 0, step_ = 1;  // the first inner place is from there, each other one from one up or down
  std::vector<int32_t> table_{};  // the sources, where these numbers do not say them
  double scale_ = 1, offset_ = 0;
};

}  // namespace millrace
