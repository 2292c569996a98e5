#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "millrace/picture/rgb_image.h"

namespace millrace {

/// A line below a picture: words on the left, a number on the right, and behind both a bar as long as a share of the
/// line's width.
struct CaptionLine {
  std::string text;     // cut where there is no room
  std::string value{};  // "93.2%"
  double share = 0;     // 0 … 1
  Rgb bar = {38, 92, 138};
};

/// The picture, its longer edge fitted to about `side` pixels, with a dark strip below it that holds the lines. Always
/// `side` wide at least, so that pictures of all forms can be read.
RgbImage captioned(const RgbImage& picture, std::span<const CaptionLine> lines, int64_t side);

}  // namespace millrace
