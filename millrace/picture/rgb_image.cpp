#include "millrace/picture/rgb_image.h"

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/base/utf8.h"
#include "millrace/picture/glyphs.h"

namespace millrace {
namespace {

constexpr int64_t kMostPixels = int64_t{1} << 28;

}  // namespace

RgbImage::RgbImage(int64_t width, int64_t height, Rgb ground) : width_(width), height_(height) {
  MILLRACE_ASSERT(width > 0 && height > 0 && width <= kMostPixels / height, "a picture of no size, or of too much");
  bytes_.resize(static_cast<size_t>(3 * width * height));
  fill(0, 0, width, height, ground);
}

Rgb RgbImage::pixel(int64_t x, int64_t y) const {
  MILLRACE_ASSERT(x >= 0 && y >= 0 && x < width_ && y < height_, "a pixel outside of its picture");
  const uint8_t* at = bytes_.data() + 3 * (y * width_ + x);
  return {at[0], at[1], at[2]};
}

void RgbImage::fill(int64_t x, int64_t y, int64_t width, int64_t height, Rgb colour) {
  const int64_t right = std::min(x + width, width_), bottom = std::min(y + height, height_);
  for (int64_t row = std::max<int64_t>(y, 0); row < bottom; ++row)
    for (int64_t column = std::max<int64_t>(x, 0); column < right; ++column) {
      uint8_t* at = bytes_.data() + 3 * (row * width_ + column);
      at[0] = colour.red, at[1] = colour.green, at[2] = colour.blue;
    }
}

void RgbImage::paste(const RgbImage& other, int64_t x, int64_t y) {
  const int64_t left = std::max<int64_t>(x, 0), right = std::min(x + other.width_, width_);
  if (left >= right) return;
  for (int64_t row = std::max<int64_t>(y, 0); row < std::min(y + other.height_, height_); ++row) {
    const uint8_t* from = other.bytes_.data() + 3 * ((row - y) * other.width_ + left - x);
    std::copy(from, from + 3 * (right - left), bytes_.data() + 3 * (row * width_ + left));
  }
}

void RgbImage::write(std::string_view text, int64_t x, int64_t y, Rgb colour, int64_t scale) {
  for (const Letter& letter : letters_of(text)) {
    const Glyph glyph = glyph_of(letter);
    for (int64_t row = 0; row < kGlyphHeight; ++row)
      for (int64_t column = 0; column < kGlyphWidth; ++column)
        if (glyph[static_cast<size_t>(row)] >> (kGlyphWidth - 1 - column) & 1)
          fill(x + column * scale, y + row * scale, scale, scale, colour);
    x += kGlyphWidth * scale;
  }
}

RgbImage RgbImage::fitted(int64_t side) const {
  const int64_t longer = std::max(width_, height_);
  if (longer <= side) {
    const int64_t factor = side / longer;
    RgbImage large(width_ * factor, height_ * factor);
    for (int64_t y = 0; y < large.height_; ++y)
      for (int64_t x = 0; x < large.width_; ++x) large.fill(x, y, 1, 1, pixel(x / factor, y / factor));
    return large;
  }
  const int64_t width = std::max<int64_t>(1, width_ * side / longer);
  const int64_t height = std::max<int64_t>(1, height_ * side / longer);
  RgbImage small(width, height);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const int64_t top = y * height_ / height, bottom = std::max(top + 1, (y + 1) * height_ / height);
      const int64_t left = x * width_ / width, right = std::max(left + 1, (x + 1) * width_ / width);
      int64_t sums[3] = {};
      for (int64_t row = top; row < bottom; ++row)
        for (int64_t column = left; column < right; ++column)
          for (int64_t c = 0; c < 3; ++c) sums[c] += bytes_[static_cast<size_t>(3 * (row * width_ + column) + c)];
      const int64_t count = (bottom - top) * (right - left);
      for (int64_t c = 0; c < 3; ++c)
        small.bytes_[static_cast<size_t>(3 * (y * width + x) + c)] =
            static_cast<uint8_t>((sums[c] + count / 2) / count);
    }
  return small;
}

std::string shortened(std::string_view text, size_t count) {
  if (letters_of(text).size() <= count) return std::string(text);
  const size_t dots = std::min<size_t>(count, 2);
  size_t end = 0;
  for (size_t next = 1; next <= text.size(); ++next) {
    if (next < text.size() && !begins_character(text[next])) continue;
    if (letters_of(text.substr(0, next)).size() > count - dots) break;
    end = next;
  }
  return std::string(text.substr(0, end)) + std::string(dots, '.');
}

}  // namespace millrace
