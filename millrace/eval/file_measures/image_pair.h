#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/eval/file_inputs.h"

namespace millrace {

/// The axes of an image in a file: height, width, channels.
enum class ImageLayout { HWC, CHW, HW };

/// Two images of one size, (C, H, W) float64.
struct ImagePair {
  at::Tensor a, b;
};
/// Reads a and b.
ImagePair image_pair(FileInputs& inputs, ImageLayout layout);

}  // namespace millrace
