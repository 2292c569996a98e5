#include "millrace/picture/chart_image.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "millrace/picture/chart_axes.h"
#include "millrace/picture/letters.h"

namespace millrace {
namespace {

constexpr int64_t kScale = 2;
constexpr Rgb kPage = {0xf8, 0xfa, 0xfc}, kCard = {255, 255, 255}, kEdge = {0xe2, 0xe8, 0xf0},
              kGrid = {0xee, 0xf2, 0xf7}, kAxis = {0x94, 0xa3, 0xb8}, kInk = {0x0f, 0x17, 0x2a},
              kFaint = {0x64, 0x74, 0x8b};

int64_t to_pixels(double css) { return static_cast<int64_t>(std::lround(css * kScale)); }

/// "#2563eb".
Rgb colour_of(const char* text) {
  const auto number = static_cast<uint32_t>(std::stoul(text + 1, nullptr, 16));
  return {static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
}

Rgb line_colour(size_t line) { return colour_of(ChartLayout::kColours[line % ChartLayout::kColours.size()]); }

/// Draws one panel, whose upper left corner is at (left, top), in CSS pixels.
class PanelPainter {
 public:
  PanelPainter(RgbImage& image, double left, double top) : image_(image), left_(left), top_(top) {}

  void draw(const Chart& chart) {
    const ChartAxes axes(chart);
    rectangle(0, 0, ChartLayout::kPanelWidth, ChartLayout::kPanelHeight, kEdge);
    rectangle(0.5, 0.5, ChartLayout::kPanelWidth - 1, ChartLayout::kPanelHeight - 1, kCard);
    text(chart.title, 16, 14, Anchor::start, kInk);
    draw_axes(axes, chart.x_label);
    double legend = ChartLayout::kPanelWidth - ChartLayout::kPlotRight;
    for (size_t i = chart.lines.size(); i-- > 0;) {
      for (const ChartLine::Point& point : thinned(chart.lines[i].points, kMaxCurvePoints)) go_to(axes, point, i);
      has_last_ = false;
      legend -= text(legend_text(chart.lines[i], chart), legend, 14, Anchor::end, line_colour(i)) + 10;
    }
  }

 private:
  enum class Anchor { start, middle, end };

  void rectangle(double x, double y, double width, double height, Rgb colour) {
    image_.fill(to_pixels(left_ + x), to_pixels(top_ + y), to_pixels(width), to_pixels(height), colour);
  }

  /// Returns its width.
  double text(std::string_view words, double x, double y, Anchor anchor, Rgb colour) {
    const double width = static_cast<double>(letters_of(words).size()) * RgbImage::kGlyphWidth;
    x -= anchor == Anchor::start ? 0 : anchor == Anchor::middle ? width / 2 : width;
    image_.write(words, to_pixels(left_ + x), to_pixels(top_ + y), colour, kScale);
    return width;
  }

  void draw_axes(const ChartAxes& axes, const std::string& x_label) {
    for (const auto& [value, label] : axes.y_ticks()) {
      rectangle(axes.left(), axes.y(value), axes.right() - axes.left(), 0.5, kGrid);
      text(label, axes.left() - 6, axes.y(value) - 6, Anchor::end, kFaint);
    }
    for (const auto& [value, label] : axes.x_ticks()) {
      rectangle(axes.x(value), axes.bottom(), 0.5, 4, kAxis);
      text(label, axes.x(value), axes.bottom() + 6, Anchor::middle, kFaint);
    }
    rectangle(axes.left(), axes.bottom(), axes.right() - axes.left(), 0.5, kAxis);
    text(x_label, (axes.left() + axes.right()) / 2, axes.bottom() + 23, Anchor::middle, kFaint);
  }

  /// A stroke of 1.5 CSS pixels from the last point, unless there is a gap.
  void go_to(const ChartAxes& axes, const ChartLine::Point& point, size_t line) {
    const double x = axes.x(point.x), y = axes.y(point.y);
    if (!std::isfinite(x) || !std::isfinite(y)) {
      has_last_ = false;
      return;
    }
    const double from_x = has_last_ ? last_x_ : x, from_y = has_last_ ? last_y_ : y;
    const double steps = std::max({1.0, std::fabs(x - from_x) * kScale, std::fabs(y - from_y) * kScale});
    for (double i = 0; i <= steps; ++i)
      rectangle(from_x + (x - from_x) * i / steps - 0.75, from_y + (y - from_y) * i / steps - 0.75, 1.5, 1.5,
                line_colour(line));
    last_x_ = x, last_y_ = y, has_last_ = true;
  }

  RgbImage& image_;
  double left_, top_;
  double last_x_ = 0, last_y_ = 0;
  bool has_last_ = false;
};

}  // namespace

RgbImage chart_image(const std::vector<Chart>& charts, std::string_view title, std::string_view subtitle) {
  const ChartLayout layout(charts.size());
  RgbImage image(to_pixels(layout.width()), to_pixels(layout.height()), kPage);
  image.write(title, to_pixels(ChartLayout::kMargin), to_pixels(20), kInk, 2 * kScale);
  const double end = ChartLayout::kMargin + 2.0 * RgbImage::kGlyphWidth * static_cast<double>(letters_of(title).size());
  image.write(subtitle, to_pixels(end + 14), to_pixels(31), kFaint, kScale);
  if (charts.empty())
    image.write("nothing was logged", to_pixels(ChartLayout::kMargin), to_pixels(ChartLayout::kHeader), kFaint, kScale);
  for (size_t i = 0; i < charts.size(); ++i) {
    const auto [left, top] = layout.place(i);
    PanelPainter(image, left, top).draw(charts[i]);
  }
  return image;
}

}  // namespace millrace
