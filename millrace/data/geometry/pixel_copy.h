#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/SmallVector.h>

#include <span>

#include "millrace/data/geometry/axis_map.h"

namespace millrace {

/// A new image whose pixel (y, x) is that of `image` at (rows[y], columns[x]), in one pass and without ATen's
/// operators.
///
/// image: (H, W) or (H, W, C), any dtype of 1, 2, 4 or 8 bytes, on the CPU. `fill`: one number, or one per channel;
/// used where a map has -1. Throws Error for other arguments.
at::Tensor remapped(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns, std::span<const double> fill);

/// Throws Error unless the shape is (H, W) or (H, W, C) and the tensor is on the CPU.
void check_is_image(const at::Tensor& image);

/// Throws Error unless `fill` is one number, or one per channel of an image (H, W) or (H, W, C).
void check_fill(const at::Tensor& image, std::span<const double> fill);

/// One pixel for an image (H, W) or (H, W, C) with the values `fill`: one number, or one per channel. Throws Error if
/// the number of values or the dtype does not fit.
c10::SmallVector<char, 32> fill_pixel(const at::Tensor& image, std::span<const double> fill);

/// Writes the fill value into an image wherever the maps of its rows and columns have -1.
void fill_borders_(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns, std::span<const double> fill);

/// remapped() for masks of instances, (N, H, W) bool or uint8: pixels of any padding are unset.
at::Tensor remapped_bitmaps(const at::Tensor& bitmaps, const AxisMap& rows, const AxisMap& columns);

}  // namespace millrace
