#pragma once

#include "millrace/data/image_resize.h"

namespace millrace {

/// The image in another size as Image.resize of Pillow (9 and 10) computes it, bit for bit: a filter that is as wide as
/// the input under an output pixel, along rows and then along columns, each with weights of 22 bits and rounded to a
/// byte.
///
/// image: (H, W) or (H, W, C) uint8. Throws Error for another type, or a size that is none.
at::Tensor pillow_resized(const at::Tensor& image, int64_t height, int64_t width, Interpolation way);

}  // namespace millrace
