#pragma once

#include <string>
#include <string_view>

namespace millrace {

class RgbImage;

/// The picture as the content of a PNG file (ISO/IEC 15948): 8 bits a channel, RGB, not interlaced. `software`, where
/// it is not "", is what the file says that it was made by (its section 11.3.4.2).
std::string encode_png(const RgbImage& image, std::string_view software = {});

/// What a PNG file of encode_png says that it was made by; "" of any other content. The file's first 256 bytes will do.
std::string png_software(std::string_view content);

}  // namespace millrace
