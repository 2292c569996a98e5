#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "millrace/picture/rgb_image.h"

namespace millrace {

/// A line below a picture: words on the left, a number on the right, and behind both a bar whose length is a share of
/// the width.
struct CaptionLine {
  std::string text;     // cut if it is too long
  std::string value{};  // "93.2%"
  double share = 0;     // 0 … 1
  Rgb bar = {38, 92, 138};
};

/// The picture, its longer edge scaled to about `side` pixels, with the lines on a dark strip below it. The result is
/// at least `side` wide, so that the text fits below a narrow picture, too.
RgbImage captioned(const RgbImage& picture, std::span<const CaptionLine> lines, int64_t side);

}  // namespace millrace
