#include "millrace/picture/painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/picture/glyphs.h"
#include "millrace/picture/letters.h"
#include "millrace/picture/stroke.h"

namespace millrace {
namespace {

constexpr double kFontSize = 10;  // of the font as it is
constexpr int64_t kDescent = 3;   // rows of the font below its baseline

template <class T, size_t N>
T named(const char* what, std::string_view name, const std::pair<const char*, T> (&known)[N]) {
  std::vector<std::string> names;
  for (const auto& [word, value] : known) {
    if (name == word) return value;
    names.emplace_back(word);
  }
  throw Error(fmt::format("there is no {} '{}'", what, name)).note("there are: " + join(names));
}

void require_positive(double value, const char* what) {
  if (!(value > 0) || !std::isfinite(value)) throw Error(fmt::format("{} must be above 0, got {}", what, value));
}

void require_alpha(double alpha) {
  if (!(alpha >= 0 && alpha <= 1)) throw Error(fmt::format("alpha must be from 0 to 1, got {}", alpha));
}

/// So many corners that the polygon is never further than a hundredth of a pixel from its circle.
std::vector<PixelPlace> circle_corners(PixelPlace centre, double radius) {
  const double step = std::sqrt(0.08 / std::max(radius, 0.08));  // cos(step / 2) = 1 - 0.01 / radius
  const auto count = static_cast<int64_t>(std::clamp(std::ceil(2 * std::numbers::pi / step), 16.0, 1e5));
  std::vector<PixelPlace> corners;
  for (int64_t i = 0; i < count; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count);
    corners.push_back({centre.x + radius * std::cos(angle), centre.y + radius * std::sin(angle)});
  }
  return corners;
}

std::vector<PixelPlace> box_corners(double left, double top, double right, double bottom) {
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

}  // namespace

LineStyle line_style(std::string_view name) {
  static constexpr std::pair<const char*, LineStyle> kStyles[] = {
      {"-", LineStyle::solid},         {"--", LineStyle::dashed},    {"-.", LineStyle::dashdot},
      {":", LineStyle::dotted},        {"solid", LineStyle::solid},  {"dashed", LineStyle::dashed},
      {"dashdot", LineStyle::dashdot}, {"dotted", LineStyle::dotted}};
  return named("line style", name, kStyles);
}

Marker marker(std::string_view name) {
  static constexpr std::pair<const char*, Marker> kMarkers[] = {
      {"o", Marker::circle},        {".", Marker::point},   {"s", Marker::square}, {"^", Marker::triangle_up},
      {"v", Marker::triangle_down}, {"D", Marker::diamond}, {"+", Marker::plus},   {"x", Marker::cross}};
  return named("marker", name, kMarkers);
}

Painter::Painter(RgbImage& image) : image_(image), shape_(image.width(), image.height()) {}

void Painter::fill(const std::vector<PixelPlace>& corners, const Ink& ink, double alpha) {
  require_alpha(alpha);
  if (!ink.colour()) return;
  shape_.clear();
  shape_.add(corners);
  shape_.paint(image_, *ink.colour(), alpha);
}

void Painter::stroke(const std::vector<PixelPlace>& points, bool is_closed, const ShapeStyle& style) {
  require_positive(style.width, "the width of a line");
  require_alpha(style.alpha);
  if (!style.edge.colour()) return;
  shape_.clear();
  add_stroke(shape_, points, is_closed, style.width, style.line);
  shape_.paint(image_, *style.edge.colour(), style.alpha);
}

void Painter::polygon(const std::vector<PixelPlace>& corners, const ShapeStyle& style) {
  fill(corners, style.face, style.alpha);
  stroke(corners, /*is_closed=*/true, style);
}

void Painter::polyline(const std::vector<PixelPlace>& points, const ShapeStyle& style) {
  stroke(points, /*is_closed=*/false, style);
}

void Painter::circle(PixelPlace centre, double radius, const ShapeStyle& style) {
  require_positive(radius, "the radius of a circle");
  polygon(circle_corners(centre, radius), style);
}

void Painter::point(PixelPlace centre, double area, Marker marker, Ink colour, double alpha) {
  require_positive(area, "the size of a point");
  const double r = std::sqrt(area) / 2, x = centre.x, y = centre.y;
  const ShapeStyle line{.edge = colour, .width = std::max(1.0, r / 3), .alpha = alpha};
  switch (marker) {
    case Marker::circle:
      return fill(circle_corners(centre, r), colour, alpha);
    case Marker::point:
      return fill(circle_corners(centre, r / 2), colour, alpha);
    case Marker::square:
      return fill(box_corners(x - r, y - r, x + r, y + r), colour, alpha);
    case Marker::triangle_up:
      return fill({{x, y - r}, {x + r, y + r}, {x - r, y + r}}, colour, alpha);
    case Marker::triangle_down:
      return fill({{x - r, y - r}, {x + r, y - r}, {x, y + r}}, colour, alpha);
    case Marker::diamond:
      return fill({{x, y - r}, {x + r, y}, {x, y + r}, {x - r, y}}, colour, alpha);
    case Marker::plus:
      polyline({{x - r, y}, {x + r, y}}, line);
      return polyline({{x, y - r}, {x, y + r}}, line);
    case Marker::cross:
      polyline({{x - r, y - r}, {x + r, y + r}}, line);
      return polyline({{x - r, y + r}, {x + r, y - r}}, line);
  }
}

void Painter::text(std::string_view text, PixelPlace place, const TextStyle& style) {
  require_positive(style.size, "the size of a font");
  const std::vector<Letter> letters = letters_of(text);
  const double scale = style.size / kFontSize;
  const double width = scale * static_cast<double>(RgbImage::kGlyphWidth) * static_cast<double>(letters.size());
  const double height = scale * static_cast<double>(RgbImage::kGlyphHeight);
  const double left = place.x - (style.across == AlignX::left ? 0 : style.across == AlignX::center ? width / 2 : width);
  const double up = style.down == AlignY::top      ? 0
                    : style.down == AlignY::center ? height / 2
                    : style.down == AlignY::bottom ? height
                                                   : height - scale * static_cast<double>(kDescent);
  const double top = place.y - up;
  if (style.box.colour() || style.box_edge.colour())
    polygon(box_corners(left - style.pad, top - style.pad, left + width + style.pad, top + height + style.pad),
            {.edge = style.box_edge, .face = style.box, .width = 1, .alpha = style.box_alpha});
  if (!style.colour.colour()) return;

  shape_.clear();
  for (size_t i = 0; i < letters.size(); ++i) {
    const Glyph glyph = glyph_of(letters[i]);
    for (int64_t row = 0; row < RgbImage::kGlyphHeight; ++row)
      for (int64_t column = 0; column < RgbImage::kGlyphWidth; ++column) {
        if (!(glyph[static_cast<size_t>(row)] >> (RgbImage::kGlyphWidth - 1 - column) & 1)) continue;
        const double x = left + scale * static_cast<double>(static_cast<int64_t>(i) * RgbImage::kGlyphWidth + column);
        const double y = top + scale * static_cast<double>(row);
        shape_.add(box_corners(x, y, x + scale, y + scale));
      }
  }
  shape_.paint(image_, *style.colour.colour(), 1);
}

void Painter::mask(std::span<const uint8_t> mask, Rgb colour, double alpha) {
  require_alpha(alpha);
  if (mask.size() * 3 != image_.bytes().size())
    throw Error(
        fmt::format("a mask of {} pixels for a picture of {}x{}", mask.size(), image_.width(), image_.height()));
  const uint8_t target[3] = {colour.red, colour.green, colour.blue};
  for (size_t i = 0; i < mask.size(); ++i) {
    if (!mask[i]) continue;
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& byte = image_.bytes()[3 * i + c];
      byte = static_cast<uint8_t>(std::nearbyint(byte * (1 - alpha) + target[c] * alpha));
    }
  }
}

}  // namespace millrace
