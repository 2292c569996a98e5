#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/data/imaging.h"

namespace millrace {

// Changes of colour as Pillow's ImageEnhance computes them, bit for bit. image: (H, W, 3) uint8 on the CPU, `order` is
// the order of its channels; the result is a new tensor. Each throws Error for other images.
//
// A factor blends the image with another one:  out = other + factor * (image - other), cut to a byte.

/// Blends with black: 0 is black, 1 the image.
at::Tensor with_brightness(const at::Tensor& image, double factor);
/// Blends with the mean of its grey values.
at::Tensor with_contrast(const at::Tensor& image, double factor, ImageReading::Order order);
/// Blends with its grey values (ITU-R 601: 0.299 red + 0.587 green + 0.114 blue).
at::Tensor with_saturation(const at::Tensor& image, double factor, ImageReading::Order order);
/// The hue turned by `turn`, -0.5 to 0.5 of a whole turn, in steps of 1/255.
at::Tensor with_hue(const at::Tensor& image, double turn, ImageReading::Order order);

}  // namespace millrace
