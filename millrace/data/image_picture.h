#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/data/imaging.h"
#include "millrace/picture/rgb_image.h"

namespace millrace {

/// Converts a tensor (H, W) or (H, W, C) uint8 on any device to a picture. With one or two channels it shows the first
/// as grey, with four the first three. `order` is the order of colours. Throws Error for another shape or dtype.
RgbImage picture_of(const at::Tensor& image, ImageReading::Order order);

}  // namespace millrace
