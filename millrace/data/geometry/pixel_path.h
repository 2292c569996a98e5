#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/data/geometry/image_move.h"

namespace millrace {

/// The pixels of one move, or of several that follow each other: resampled at most once, then copied at most once.
///
/// A resize by the nearest pixel is a copy; copies of copies are one copy; a copy of a resampled image computes the
/// pixels that it shows. Pixels are those of step by step, to the bit.
class PixelPath {
 public:
  explicit PixelPath(const ImageSize& size) : before_(size) {}

  /// Adds a move. False, and nothing was added, where its pixels would not be those of step by step: then it begins a
  /// path of its own, with what this one gives.
  bool append(const ImageMove& move);

  const ImageSize& size_before() const { return before_; }
  ImageSize size_after() const { return is_untouched_ ? before_ : ImageSize{rows_.size(), columns_.size()}; }

  // Each takes content of the size before and throws Error if it has another; maps of another size are resized as a
  // whole, if nothing comes before that. On the CPU.

  /// (H, W) or (H, W, C). Where all it does is cut, the result is a view.
  at::Tensor image(const at::Tensor& image) const;
  /// Labels (H, W) or (H, W, C) of any dtype, by the nearest pixel; the filling is that of the moves, and labels change
  /// places.
  at::Tensor segmentation(const at::Tensor& map) const;
  /// Other maps of (H, W) or (H, W, C), by the nearest pixel, filled with 0.
  at::Tensor map(const at::Tensor& map) const { return nearest(map, 0, 0); }
  /// Masks of instances (N, H, W) bool or uint8, by the nearest pixel; unset in any padding.
  at::Tensor bitmaps(const at::Tensor& bitmaps) const;
  /// Vectors (x, y) of optical flow, (H, W, 2) float32: moved, and turned and scaled with the image. Between pixels they
  /// are interpolated in a resize that interpolates, else they are those of the nearest pixel.
  at::Tensor flow(const at::Tensor& flow) const;

 private:
  using Labels = std::vector<std::pair<int64_t, int64_t>>;

  bool append_axes(const AxisMaps& axes, const ImageMove& move);
  bool append_resampling(const Resampling& resampling, const ImageMove& move);
  bool has_scaled_copy() const;
  AxisMaps maps_from(const at::Tensor& content, int64_t first_dim) const;
  at::Tensor nearest(const at::Tensor& map, double warp_fill, double fill) const;

  ImageSize before_;
  std::variant<std::monostate, Resampling, Warp> resampled_;
  ImageMove::Fill warp_fill_{}, fill_{};
  bool is_untouched_ = true;  // no move yet
  AxisMap rows_, columns_;
  std::vector<Labels> swapped_labels_;  // one after the other
};

}  // namespace millrace
