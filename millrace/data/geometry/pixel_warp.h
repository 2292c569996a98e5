#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "millrace/data/geometry/image_move.h"

namespace millrace {

/// The image (H, W) or (H, W, C) warped as by cv::warpAffine, or by cv::warpPerspective if the matrix is projective.
/// The imaging library computes it, except for the nearest pixel. fill: one number, or one per channel. The matrix maps
/// points (PointMap); OpenCV gets the matrix that maps centres of pixels. Throws Error if it has no inverse.
at::Tensor warped(const at::Tensor& image, const Warp& warp, std::span<const double> fill);

/// The same with OpenCV's nearest pixels, for maps (H, W) or (H, W, C) of any dtype.
at::Tensor nearest_warped(const at::Tensor& map, const Warp& warp, double fill);

/// The same for masks (N, H, W) bool or uint8; unset outside of the input.
at::Tensor nearest_warped_bitmaps(const at::Tensor& bitmaps, const Warp& warp);

/// Corrects the vectors (x, y) of a warped optical flow (H, W, 2) float32, in place: p → p + v becomes map(p) → map(p +
/// v).
void warp_vectors_(const at::Tensor& flow, const Warp& warp);

}  // namespace millrace
