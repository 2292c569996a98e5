#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "millrace/data/geometry/image_move.h"

namespace millrace {

/// The image (H, W) or (H, W, C) warped as cv::warpAffine does it, or cv::warpPerspective where the matrix is
/// projective; by the imaging library, but for the nearest pixel. fill: one number, or one a channel. The matrix maps
/// points (PointMap); OpenCV is given the one that maps the middles of pixels. Throws Error if it has no inverse.
at::Tensor warped(const at::Tensor& image, const Warp& warp, std::span<const double> fill);

/// The nearest pixels that OpenCV takes, of maps (H, W) or (H, W, C) of any dtype.
at::Tensor nearest_warped(const at::Tensor& map, const Warp& warp, double fill);

/// Of masks (N, H, W) bool or uint8; unset beyond the input.
at::Tensor nearest_warped_bitmaps(const at::Tensor& bitmaps, const Warp& warp);

/// Vectors (x, y) of an optical flow (H, W, 2) float32 that was warped, in place: p → p + v becomes
/// map(p) → map(p + v).
void warp_vectors_(const at::Tensor& flow, const Warp& warp);

}  // namespace millrace
