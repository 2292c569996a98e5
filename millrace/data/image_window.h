#pragma once

#include <ATen/core/Tensor.h>
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
  /// Every place of an axis of `size`.
  explicit AxisMap(int64_t size);

  int64_t size() const { return static_cast<int64_t>(sources_.size()); }
  /// Adds `before` and `after` places at the ends; what they show is what the map itself shows there.
  AxisMap padded(int64_t before, int64_t after, PaddingMode mode) const;
  /// `size` places from `begin` on.
  AxisMap window(int64_t begin, int64_t size) const;
  AxisMap mirrored() const;
  std::span<const int32_t> sources() const { return {sources_.data(), sources_.size()}; }

 private:
  AxisMap() = default;
  c10::SmallVector<int32_t, 64> sources_;
};

/// A new image whose pixel (y, x) is that of `image` at (rows[y], columns[x]), in one pass and without ATen's
/// operators.
///
/// image: (H, W) or (H, W, C), any dtype of 1, 2, 4 or 8 bytes, on the CPU. `fill`: one number, or one a channel; used
/// where a map says -1. Throws Error if that is not so.
at::Tensor remapped(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns, std::span<const double> fill);

}  // namespace millrace
