#pragma once

#include <c10/util/SmallVector.h>

#include <cstdint>
#include <span>

namespace millrace {

/// What lies beyond the border of an image: a constant, the border itself, or the image mirrored at it, without
/// (reflect) or with (symmetric) the border repeated.
enum class PaddingMode { constant, edge, reflect, symmetric };

/// Where each place along one axis of an output comes from: a place of the input, or -1 where a constant is filled in.
class AxisMap {
 public:
  AxisMap() = default;  // of no place
  /// Every place of an axis of `size`.
  explicit AxisMap(int64_t size);
  /// The axis in another size, each place from the one of the input that `sources` names: what a resize by the nearest
  /// pixel takes.
  AxisMap(int64_t size, std::span<const int64_t> sources);

  int64_t size() const { return static_cast<int64_t>(sources_.size()); }
  /// Adds `before` and `after` places at the ends; what they show is what the map itself shows there.
  AxisMap padded(int64_t before, int64_t after, PaddingMode mode) const;
  /// `size` places from `begin` on.
  AxisMap window(int64_t begin, int64_t size) const;
  AxisMap mirrored() const;
  /// This map, and then `next`, whose input is the output of this one.
  AxisMap then(const AxisMap& next) const;

  std::span<const int32_t> sources() const { return {sources_.data(), sources_.size()}; }
  /// The places that show the input itself, and not what a padding repeats of it: annotations are there.
  int64_t inner_begin() const { return inner_begin_; }
  int64_t inner_end() const { return inner_end_; }
  bool has_fill() const { return has_fill_; }
  /// The first place of the input, if these are places of it that follow each other; else -1.
  int64_t window_begin() const;

  /// Where a coordinate of the input lands: scale() · x + offset(). Place i covers [i, i + 1).
  double scale() const { return scale_; }
  double offset() const { return offset_; }

 private:
  c10::SmallVector<int32_t, 64> sources_;
  int64_t inner_begin_ = 0, inner_end_ = 0;
  double scale_ = 1, offset_ = 0;
  bool has_fill_ = false;
};

}  // namespace millrace
