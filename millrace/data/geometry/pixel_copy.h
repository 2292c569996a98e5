#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/SmallVector.h>

#include <span>

#include "millrace/data/geometry/axis_map.h"

namespace millrace {

/// A new image whose pixel (y, x) is that of `image` at (rows[y], columns[x]), in one pass and without ATen's
/// operators.
///
/// image: (H, W) or (H, W, C), any dtype of 1, 2, 4 or 8 bytes, on the CPU. `fill`: one number, or one a channel; used
/// where a map says -1. Throws Error if that is not so.
at::Tensor remapped(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns, std::span<const double> fill);

/// Throws Error if it has not the shape (H, W) or (H, W, C), or is not on the CPU.
void check_is_image(const at::Tensor& image);

/// Throws Error if `fill` is neither one number nor one a channel of an image (H, W) or (H, W, C).
void check_fill(const at::Tensor& image, std::span<const double> fill);

/// One pixel of an image (H, W) or (H, W, C) that holds `fill`: one number, or one a channel. Throws Error if there are
/// other many, or the dtype is none of an image.
c10::SmallVector<char, 32> fill_pixel(const at::Tensor& image, std::span<const double> fill);

/// Writes the filling wherever a map says -1, into an image whose rows and columns they describe.
void fill_borders_(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns, std::span<const double> fill);

/// remapped() for masks of instances, (N, H, W) bool or uint8: unset wherever a map shows a padding, of any mode.
at::Tensor remapped_bitmaps(const at::Tensor& bitmaps, const AxisMap& rows, const AxisMap& columns);

}  // namespace millrace
