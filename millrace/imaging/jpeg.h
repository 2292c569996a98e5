#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Orders of bytes of a pixel in memory.
enum class JpegPixels { gray, bgr, rgb, inks };

/// The pixels (H, W, C) uint8 of a JPEG as they lie in the file; none for one of four inks (CMYK), which turbojpeg does
/// not turn into colours: it gives the inks alone, and of those files alone. Throws Error if it has more than
/// `max_pixels`, is damaged or truncated.
std::optional<at::Tensor> decode_jpeg(std::string_view content, const std::string& path, JpegPixels pixels,
                                      int64_t max_pixels);

}  // namespace millrace
