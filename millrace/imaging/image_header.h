#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

enum class ImageFormat { jpeg, png, webp, bmp, tiff };

/// What the first bytes of an image file say; sizes are zero where a file is too short or too odd to tell.
struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  int64_t width = 0;
  int64_t height = 0;
};

/// None if the content is of no format that is read here. Of a JPEG the format alone is told.
std::optional<ImageHeader> image_header(std::string_view content);

/// The EXIF orientation in the APP1 segment of a JPEG, 1 to 8 (TIFF 6.0, tag 274); 1 where there is none, or none that
/// makes sense.
int jpeg_orientation(std::string_view content);

}  // namespace millrace
