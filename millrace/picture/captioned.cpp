#include "millrace/picture/captioned.h"

#include <algorithm>
#include <cmath>

#include "millrace/picture/letters.h"

namespace millrace {
namespace {

constexpr Rgb kStripGround{24, 26, 30}, kStripText{240, 240, 240};
constexpr int64_t kStripMargin = 4;

int64_t width_of_text(const std::string& text, int64_t scale) {
  return static_cast<int64_t>(letters_of(text).size()) * RgbImage::kGlyphWidth * scale;
}

void draw_caption_line(RgbImage& image, const CaptionLine& line, int64_t top, int64_t height, int64_t scale) {
  const int64_t width = image.width(), glyph = RgbImage::kGlyphWidth * scale;
  const double share = std::isfinite(line.share) ? std::clamp(line.share, 0.0, 1.0) : 0.0;
  image.fill(0, top, std::llround(share * static_cast<double>(width)), height - 1, line.bar);
  const int64_t value_left = width - kStripMargin - width_of_text(line.value, scale);
  const int64_t room = std::max<int64_t>(value_left - glyph - kStripMargin, 0) / glyph;
  const int64_t text_top = top + (height - 1 - RgbImage::kGlyphHeight * scale) / 2;
  image.write(shortened(line.text, static_cast<size_t>(room)), kStripMargin, text_top, kStripText, scale);
  image.write(line.value, value_left, text_top, kStripText, scale);
}

}  // namespace

RgbImage captioned(const RgbImage& picture, std::span<const CaptionLine> lines, int64_t side) {
  const RgbImage shown = picture.fitted(side);
  const int64_t scale = side >= 400 ? 2 : 1;
  const int64_t line_height = RgbImage::kGlyphHeight * scale + 2 * kStripMargin;
  const int64_t width = std::max(shown.width(), side);
  RgbImage image(width, shown.height() + line_height * static_cast<int64_t>(lines.size()), kStripGround);
  image.paste(shown, (width - shown.width()) / 2, 0);
  int64_t top = shown.height();
  for (const CaptionLine& line : lines) {
    draw_caption_line(image, line, top, line_height, scale);
    top += line_height;
  }
  return image;
}

}  // namespace millrace
