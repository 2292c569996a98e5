#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct Rgb {
  uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Rgb&) const = default;
};

/// A picture in memory: rows of red, green and blue bytes, from the upper left corner on. Drawings outside of it are
/// cut off.
class RgbImage {
 public:
  RgbImage() = default;
  RgbImage(int64_t width, int64_t height, Rgb ground = {});

  int64_t width() const { return width_; }
  int64_t height() const { return height_; }
  /// height x width x 3 bytes.
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  std::vector<uint8_t>& bytes() { return bytes_; }
  Rgb pixel(int64_t x, int64_t y) const;

  void fill(int64_t x, int64_t y, int64_t width, int64_t height, Rgb colour);
  void paste(const RgbImage& other, int64_t x, int64_t y);
  /// A line of text in a font of 7 x 13 pixels, times `scale`; (x, y) is its upper left corner. It draws letters_of the
  /// text: a character that is not a Latin letter becomes '?'.
  void write(std::string_view text, int64_t x, int64_t y, Rgb colour, int64_t scale = 1);

  /// The picture scaled to about `side` pixels for its longer edge: a small one by a whole factor, a large one by
  /// averaging pixels.
  RgbImage fitted(int64_t side) const;

  static constexpr int64_t kGlyphWidth = 7, kGlyphHeight = 13;

 private:
  int64_t width_ = 0, height_ = 0;
  std::vector<uint8_t> bytes_;
};

/// The text cut to at most `count` drawn letters (see letters_of), the last of them two dots if something was cut.
std::string shortened(std::string_view text, size_t count);

}  // namespace millrace
