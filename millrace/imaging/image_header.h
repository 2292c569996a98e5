#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

enum class ImageFormat { jpeg, png, webp, bmp, tiff };

/// The header of an image file; sizes are zero if the file is too short or too unusual to tell.
struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  int64_t width = 0;
  int64_t height = 0;
  /// The EXIF orientation, 1 to 8 (TIFF 6.0, tag 274); 1 if it is missing or invalid, and for BMP.
  int orientation = 1;
  /// The content ends before the pixels begin: what follows may say more.
  bool is_cut = false;
};

/// Of a file, or of its beginning. Nothing if the content has no supported format.
std::optional<ImageHeader> image_header(std::string_view content);

/// Numbers of a TIFF's first directory.
struct TiffSamples {
  int64_t bits = 8;  // of a sample
  bool is_float = false;
};
TiffSamples tiff_samples(std::string_view content);

}  // namespace millrace
