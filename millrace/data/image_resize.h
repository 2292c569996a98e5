#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "millrace/registry/complaints.h"

namespace millrace {

/// Ways to compute pixels between pixels, by MMCV's names; area is OpenCV's alone, box and hamming are Pillow's.
enum class Interpolation { nearest, bilinear, bicubic, area, lanczos, box, hamming };

/// Whose arithmetic a size is changed with, bit for bit. OpenCV looks at the nearest pixels of the input alone; Pillow
/// at all that an output pixel covers, which is what keeps a much smaller image from aliasing.
enum class ResizeBackend { cv2, pillow };

/// Throws Error if the backend has no such way.
void check_resize(ResizeBackend backend, Interpolation way);
/// The same for the `check` of a component with the keys `backend` and `interpolation`.
void check_resize(ResizeBackend backend, Interpolation way, Complaints& complaints);

/// Whether the imaging library does it: OpenCV's, but for the nearest pixel, which is a copy.
bool needs_imaging(ResizeBackend backend, Interpolation way);

/// The image in another size; a new tensor.
///
/// image: (H, W) or (H, W, C) on the CPU; uint8 for Pillow, else of the types that Imaging::resized takes. Windows of a
/// larger image cost no copy. OpenCV's is done by the imaging library, Pillow's needs none.
at::Tensor resized(const at::Tensor& image, int64_t height, int64_t width, ResizeBackend backend, Interpolation way);

}  // namespace millrace
