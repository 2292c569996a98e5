#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

enum class ImageFormat { jpeg, png, webp, bmp, tiff };

/// What an image file says of itself before its pixels; sizes are zero where it is too short or too odd to tell.
struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  int64_t width = 0;
  int64_t height = 0;
  /// That of EXIF, 1 to 8 (TIFF 6.0, tag 274); 1 where there is none, or none that makes sense, and for WebP and BMP.
  int orientation = 1;
  /// The content ends before the pixels begin: what follows may say more.
  bool is_cut = false;
};

/// Of a file, or of its beginning. None if the content is of no format that is read here.
std::optional<ImageHeader> image_header(std::string_view content);

}  // namespace millrace
