#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "millrace/data/geometry/image_move.h"

namespace millrace {

/// Whether bilinear_part() gives the same bits as resized() for this image: true for OpenCV's bilinear resize of uint8,
/// except if both edges are halved, which OpenCV computes differently.
bool has_bilinear_part(const at::Tensor& window, const Resampling& resampling);

/// Only the pixels of a resized image that `rows` and `columns` name: remapped(resized(window, …), rows, columns, fill)
/// without computing the rest of the image.
///
/// window: (H, W) or (H, W, C) uint8, whose rows of pixels are packed or copied. Fixed point as in OpenCV: weights of
/// 11 bits, along rows first.
at::Tensor bilinear_part(const at::Tensor& window, const ImageSize& to, const AxisMap& rows, const AxisMap& columns,
                         std::span<const double> fill);

}  // namespace millrace
