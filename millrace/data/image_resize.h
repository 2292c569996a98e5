#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "millrace/registry/complaints.h"

namespace millrace {

/// Kinds of interpolation, with MMCV's names. Only OpenCV has area; only Pillow has box and hamming.
enum class Interpolation { nearest, bilinear, bicubic, area, lanczos, box, hamming };

/// The library whose arithmetic a resize follows, bit for bit. OpenCV uses only the nearest pixels of the input. Pillow
/// uses all pixels that an output pixel covers, so strong shrinking does not alias.
enum class ResizeBackend { cv2, pillow };

/// Throws Error if the backend does not have this interpolation.
void check_resize(ResizeBackend backend, Interpolation way);
/// The same for the `check` of a component with the keys `backend` and `interpolation`.
void check_resize(ResizeBackend backend, Interpolation way, Complaints& complaints);

/// Whether it needs the imaging library: for OpenCV's resize, except by the nearest pixel, which is a copy.
bool needs_imaging(ResizeBackend backend, Interpolation way);

/// The image in another size; a new tensor.
///
/// image: (H, W) or (H, W, C) on the CPU; uint8 for Pillow, else a dtype that Imaging::resized takes. Windows of a
/// larger image are not copied first. The imaging library is needed only for OpenCV's arithmetic.
at::Tensor resized(const at::Tensor& image, int64_t height, int64_t width, ResizeBackend backend, Interpolation way);

}  // namespace millrace
