#pragma once

#include <string>
#include <string_view>

namespace millrace {

class RgbImage;

/// The picture as the content of a PNG file (ISO/IEC 15948): 8 bits a channel, RGB, not interlaced. `software`, if not
/// "", is stored as the text "Software" (section 11.3.4.2).
std::string encode_png(const RgbImage& image, std::string_view software = {});

/// The `software` of a PNG file from encode_png; "" for any other content. Needs only the first 256 bytes of the file.
std::string png_software(std::string_view content);

}  // namespace millrace
