#pragma once

#include <span>
#include <vector>

#include "millrace/data/geometry/axis_map.h"
#include "millrace/data/geometry/point_map.h"
#include "millrace/data/image_resize.h"

namespace millrace {

/// The image in another size, with the same bits as Image.resize of Pillow (9 and 10): a filter as wide as the input
/// pixels below an output pixel, along rows and then along columns, each with weights of 22 bits and rounded to a byte.
///
/// image: (H, W) or (H, W, C) uint8. Throws Error for another dtype, or an invalid size.
at::Tensor pillow_resized(const at::Tensor& image, int64_t height, int64_t width, Interpolation way);

/// Only the pixels of the resized image that `rows` and `columns` name: remapped(pillow_resized(…), rows, columns,
/// fill) without computing the rest of the image.
at::Tensor pillow_part(const at::Tensor& image, const ImageSize& to, Interpolation way, const AxisMap& rows,
                       const AxisMap& columns, std::span<const double> fill);

/// The places of an axis of `in` that Pillow's nearest resize to `out` takes. It adds up the step along the axis, as
/// Pillow does, to get the same rounding.
std::vector<int64_t> pillow_nearest(int64_t in, int64_t out);

}  // namespace millrace
