#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/data/imaging.h"
#include "millrace/picture/rgb_image.h"

namespace millrace {

/// An image for people: a tensor (H, W) or (H, W, C) uint8 on any device as a picture. Of one or two channels the first
/// is shown as grey, of four the first three; `order` is that of colours. Throws Error for another shape or dtype.
RgbImage picture_of(const at::Tensor& image, ImageReading::Order order);

}  // namespace millrace
