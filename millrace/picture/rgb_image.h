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

/// A picture in memory: rows of red, green and blue bytes from the upper left corner on. What is drawn outside of it is
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
  /// A line of text in a font of 7 x 13 pixels, times `scale`; (x, y) is its upper left corner. It is drawn by its
  /// letters_of: what is no Latin letter is shown as '?'.
  void write(std::string_view text, int64_t x, int64_t y, Rgb colour, int64_t scale = 1);

  /// The picture in about `side` pixels for its longer edge: whole multiples of a small one, means of the pixels of a
  /// large one.
  RgbImage fitted(int64_t side) const;

  static constexpr int64_t kGlyphWidth = 7, kGlyphHeight = 13;

 private:
  int64_t width_ = 0, height_ = 0;
  std::vector<uint8_t> bytes_;
};

/// The text cut to at most `count` drawn letters (see letters_of), the last of them two dots where something is left
/// out.
std::string shortened(std::string_view text, size_t count);

}  // namespace millrace
