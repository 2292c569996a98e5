#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/data/geometry/image_move.h"

namespace millrace {

/// The pixels after one move, or several consecutive ones: resampled at most once, then copied at most once.
///
/// A resize by the nearest pixel is a copy. Several copies become one. A copy of a resampled image computes only the
/// pixels that it needs. The result has the same bits as step by step.
class PixelPath {
 public:
  explicit PixelPath(const ImageSize& size) : before_(size) {}

  /// Adds a move. Returns false and adds nothing if the pixels would differ from those of step by step: then begin a
  /// new path with the result of this one.
  bool append(const ImageMove& move);

  const ImageSize& size_before() const { return before_; }
  ImageSize size_after() const { return is_untouched_ ? before_ : ImageSize{rows_.size(), columns_.size()}; }

  // Each takes content of the size before the moves and throws Error for another size; maps of another size are resized
  // as a whole if that is the first move. On the CPU.

  /// (H, W) or (H, W, C). If the path only crops, the result is a view.
  at::Tensor image(const at::Tensor& image) const;
  /// Labels (H, W) or (H, W, C) of any dtype, by the nearest pixel; with the fill values and the label swaps of the
  /// moves.
  at::Tensor segmentation(const at::Tensor& map) const;
  /// Other maps of (H, W) or (H, W, C), by the nearest pixel, filled with 0.
  at::Tensor map(const at::Tensor& map) const { return nearest(map, 0, 0); }
  /// Masks of instances (N, H, W) bool or uint8, by the nearest pixel; unset in any padding.
  at::Tensor bitmaps(const at::Tensor& bitmaps) const;
  /// Vectors (x, y) of optical flow, (H, W, 2) float32: moved, and turned and scaled with the image. A resize that
  /// interpolates also interpolates them; other moves take the nearest pixel.
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
