#pragma once

#include <string>

namespace millrace {

class RgbImage;

/// The picture as the content of a PNG file (ISO/IEC 15948): 8 bits a channel, RGB, not interlaced.
std::string encode_png(const RgbImage& image);

}  // namespace millrace
