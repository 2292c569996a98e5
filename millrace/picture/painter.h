#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "millrace/picture/coverage.h"
#include "millrace/picture/ink.h"
#include "millrace/picture/rgb_image.h"

namespace millrace {

/// "-", "--", "-.", ":", or "solid", "dashed", "dashdot", "dotted". Dashes have matplotlib's lengths, in widths of the
/// line.
enum class LineStyle : uint8_t { solid, dashed, dashdot, dotted };
/// Throws Error with the styles that there are.
LineStyle line_style(std::string_view name);

/// "o", ".", "s", "^", "v", "D", "+", "x".
enum class Marker : uint8_t { circle, point, square, triangle_up, triangle_down, diamond, plus, cross };
/// Throws Error with the markers that there are.
Marker marker(std::string_view name);

enum class AlignX : uint8_t { left, center, right };
enum class AlignY : uint8_t { top, center, bottom, baseline };

/// A line and what it encloses; a colour of none leaves it out.
struct ShapeStyle {
  Ink edge = "g";
  Ink face{};
  double width = 2;  // of the line, in pixels, half of it on each side; above 0
  LineStyle line = LineStyle::solid;
  double alpha = 0.8;  // 0: as it was, to 1: covered
};

/// A line of text. 10 is the size of a font 13 pixels high and 7 wide; other sizes are in proportion.
struct TextStyle {
  Ink colour = "g";
  double size = 10;
  AlignX across = AlignX::left;  // which part of the text is at the given x
  AlignY down = AlignY::top;
  Ink box{};  // painted behind it, `pad` pixels larger on each side
  Ink box_edge{};
  double box_alpha = 1;
  double pad = 2;
};

/// Draws on a picture with smooth edges. What is outside is cut off.
///
///     Painter painter(image);
///     painter.polygon({{2, 2}, {30, 4}, {12, 25}}, {.edge = "r", .face = "y", .alpha = 0.5});
///     painter.text("cat 0.93", {2, 2}, {.colour = "w", .box = "k"});
///
/// A colour is blended by  out = ground + alpha * covered * (colour - ground),  rounded; `covered` is the share of the
/// pixel. Throws Error for a place that is not finite, a width or size that is not above 0, and an alpha outside of
/// 0 to 1.
class Painter {
 public:
  explicit Painter(RgbImage& image);  // `image` must outlive the painter

  /// Closed; filled under the non-zero rule. Corners are joined by points, up to four half widths long.
  void polygon(const std::vector<PixelPlace>& corners, const ShapeStyle& style);
  /// Open: the face is not used.
  void polyline(const std::vector<PixelPlace>& points, const ShapeStyle& style);
  void circle(PixelPlace centre, double radius, const ShapeStyle& style);
  /// `area`: that of the square around the marker, in square pixels.
  void point(PixelPlace centre, double area, Marker marker, Ink colour, double alpha);
  void text(std::string_view text, PixelPlace place, const TextStyle& style);
  /// Blends `colour` into the pixels where `mask`, one byte per pixel, is not 0.
  void mask(std::span<const uint8_t> mask, Rgb colour, double alpha);

 private:
  void fill(const std::vector<PixelPlace>& corners, const Ink& ink, double alpha);
  void stroke(const std::vector<PixelPlace>& points, bool is_closed, const ShapeStyle& style);
  RgbImage& image_;
  Coverage shape_;
};

}  // namespace millrace
