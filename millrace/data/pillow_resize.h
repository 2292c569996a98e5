#pragma once

#include <span>
#include <vector>

#include "millrace/data/geometry/axis_map.h"
#include "millrace/data/geometry/point_map.h"
#include "millrace/data/image_resize.h"

namespace millrace {

/// The image in another size as Image.resize of Pillow (9 and 10) computes it, bit for bit: a filter that is as wide as
/// the input under an output pixel, along rows and then along columns, each with weights of 22 bits and rounded to a
/// byte.
///
/// image: (H, W) or (H, W, C) uint8. Throws Error for another type, or a size that is none.
at::Tensor pillow_resized(const at::Tensor& image, int64_t height, int64_t width, Interpolation way);

/// The pixels of the resized image that rows and columns name, and no others: remapped(pillow_resized(…), rows, columns,
/// fill) without the rest of the image.
at::Tensor pillow_part(const at::Tensor& image, const ImageSize& to, Interpolation way, const AxisMap& rows,
                       const AxisMap& columns, std::span<const double> fill);

/// The places of an axis of `in` that Pillow's nearest resize to `out` takes. Pillow adds up the step along an axis, and
/// so do we, for the sake of its rounding.
std::vector<int64_t> pillow_nearest(int64_t in, int64_t out);

}  // namespace millrace
