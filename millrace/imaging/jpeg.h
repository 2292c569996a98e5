#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The order of the bytes of a pixel in memory.
enum class JpegPixels { gray, bgr, rgb, inks };

/// The pixels (H, W, C) uint8 of a JPEG as stored in the file. Nothing for a file with four inks (CMYK), which
/// turbojpeg can't convert to colours. Throws Error if it has more than `max_pixels`, is damaged or truncated.
std::optional<at::Tensor> decode_jpeg(std::string_view content, const std::string& path, JpegPixels pixels,
                                      int64_t max_pixels);

}  // namespace millrace
