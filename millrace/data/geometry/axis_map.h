#pragma once

#include <c10/util/SmallVector.h>

#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// How an image is continued beyond its border: by a constant, by its edge pixels, or mirrored, without (reflect) or
/// with (symmetric) repeating the edge pixels.
enum class PaddingMode { constant, edge, reflect, symmetric };

/// Where each place along one axis of an output comes from: a place of the input, or -1 for a constant fill.
/// Windows, mirrors and constant paddings are a few numbers; other paddings and resizes are a table.
class AxisMap {
 public:
  AxisMap() = default;  // without places
  /// The identity map of an axis of `size`.
  explicit AxisMap(int64_t size) : input_(size), inner_(size) {}
  /// The axis in another size: `sources` gives the place of the input for each place, as in a resize by the nearest
  /// pixel.
  AxisMap(int64_t size, std::span<const int64_t> sources);

  int64_t size() const { return inner_end() + after_; }
  /// The number of places of the input.
  int64_t input_size() const { return input_; }
  /// Adds `before` and `after` places at the ends, filled from this map by the padding mode.
  AxisMap padded(int64_t before, int64_t after, PaddingMode mode) const;
  /// The `size` places from `begin` on.
  AxisMap window(int64_t begin, int64_t size) const;
  AxisMap mirrored() const;
  /// This map, and then `next`, whose input is the output of this one.
  AxisMap then(const AxisMap& next) const;

  /// One for each place.
  c10::SmallVector<int32_t, 64> sources() const;
  /// The places that show the input itself, not a repetition by a padding. Annotations are only there.
  int64_t inner_begin() const { return before_; }
  int64_t inner_end() const { return before_ + inner_; }
  bool has_fill() const;
  /// The first place of the input if all places follow one another in it; else -1. (A single place of a mirror or of a
  /// padding counts as -1.)
  int64_t window_begin() const;

  /// A coordinate x of the input becomes scale() · x + offset(). Place i covers [i, i + 1).
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
