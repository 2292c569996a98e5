#include "millrace/picture/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "millrace/picture/chart_axes.h"

namespace millrace {
namespace {

using Axes = ChartAxes;
using Span = ChartAxes::Span;

constexpr double kPanelWidth = ChartLayout::kPanelWidth, kPanelHeight = ChartLayout::kPanelHeight,
                 kGap = ChartLayout::kGap, kMargin = ChartLayout::kMargin, kHeader = ChartLayout::kHeader,
                 kPlotRight = ChartLayout::kPlotRight, kPlotTop = ChartLayout::kPlotTop;
constexpr size_t kMostDots = 60;     // a line of fewer points shows each
constexpr size_t kManyPoints = 120;  // a line of more is drawn thin below its mean
constexpr auto& kColours = ChartLayout::kColours;

constexpr const char* kStyle =
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:11px;fill:#64748b}"
    ".page{font-size:19px;font-weight:600;fill:#0f172a}"
    ".title{font-size:13px;font-weight:600;fill:#0f172a}.name{fill:#334155}"
    ".card{fill:#fff;stroke:#e2e8f0}.grid{stroke:#eef2f7}.axis{stroke:#94a3b8}"
    "polyline{fill:none;stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}.raw{stroke-width:1;stroke-opacity:"
    ".28}";

/// Of the classes s0 to s5, which lines, dots and names have.
std::string colour_rules() {
  std::string rules;
  for (size_t i = 0; i < kColours.size(); ++i)
    rules += fmt::format(".s{0}{{fill:{1}}}polyline.s{0}{{fill:none;stroke:{1}}}", i, kColours[i]);
  return rules;
}

std::string value_text(double value) {
  const double size = std::fabs(value);
  if (size == 0) return "0";
  if (size < 1e-3 || size >= 1e6) return fmt::format("{:.3g}", value);
  return size < 10 ? fmt::format("{:.4g}", value) : fmt::format("{:.{}f}", value, size < 1000 ? 2 : 0);
}

std::string axis_marks(const Axes& axes, const std::string& x_label) {
  std::string text;
  for (const auto& [value, label] : axes.y_ticks()) {
    text += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                        axes.left(), axes.right(), axes.y(value));
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", axes.left() - 8,
                        axes.y(value) + 4, label);
  }
  for (const auto& [value, label] : axes.x_ticks()) {
    text += fmt::format("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>",
                        axes.x(value), axes.bottom(), axes.bottom() + 4);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", axes.x(value),
                        axes.bottom() + 17, label);
  }
  text += fmt::format("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", axes.left(),
                      axes.right(), axes.bottom());
  return text + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                            (axes.left() + axes.right()) / 2, axes.bottom() + 34, xml_text(x_label));
}

/// The stretches between gaps; one point alone is a dot.
std::string polylines(const std::vector<ChartLine::Point>& all, const Axes& axes, const std::string& look) {
  const std::vector<ChartLine::Point> points = thinned(all, kMaxCurvePoints);
  std::string text, stretch, dot;
  size_t length = 0;
  const bool dotted = points.size() <= kMostDots;
  const auto close = [&] {
    if (length > 1) text += fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", look, stretch);
    else if (length == 1 && !dotted) text += dot;
    stretch.clear();
    length = 0;
  };
  for (const ChartLine::Point& point : points) {
    const double x = axes.x(point.x), y = axes.y(point.y);
    if (!std::isfinite(point.y) || !std::isfinite(x) || !std::isfinite(y)) {
      close();
      continue;
    }
    stretch += fmt::format("{}{:.1f},{:.1f}", length == 0 ? "" : " ", x, y);
    ++length;
    dot = fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.4\" class=\"{}\"/>\n", x, y, look);
    if (dotted) text += dot;
  }
  close();
  return text;
}

std::string line_marks(const ChartLine& line, const Axes& axes, bool shows_mean, const std::string& look) {
  if (!shows_mean || line.points.size() <= kManyPoints) return polylines(line.points, axes, look);
  return polylines(line.points, axes, look + " raw") +
         polylines(moving_average(line.points, line.points.size() / 40), axes, look);
}

/// The mean of the finite values in a window that moves on, of its own values alone: taking away what has left it would
/// leave the rounding of a value of 1e20 in all means behind it. So the window is two parts: of the earlier one there
/// is the sum from each point on, of the later one a sum that grows; and the later one becomes the earlier one when
/// that is used up. In all each point is added twice.
class WindowMean {
 public:
  explicit WindowMean(const std::vector<ChartLine::Point>& points) : points_(points), earlier_(points.size()) {}

  /// To [begin, end); neither goes back, and the window is not empty.
  void move_to(size_t begin, size_t end) {
    for (; end_ < end; ++end_) later_.add(points_[end_].y);
    if (begin >= turn_) {
      Total total;
      for (size_t at = end_; at-- > begin;) earlier_[at] = total.add(points_[at].y);
      turn_ = end_;
      later_ = {};
    }
    begin_ = begin;
  }
  double mean() const {
    const Total& earlier = earlier_[begin_];
    return (earlier.sum + later_.sum) / static_cast<double>(earlier.count + later_.count);
  }

 private:
  struct Total {
    double sum = 0;
    size_t count = 0;
    const Total& add(double value) {
      if (std::isfinite(value)) sum += value, ++count;
      return *this;
    }
  };
  const std::vector<ChartLine::Point>& points_;
  std::vector<Total> earlier_;  // from each point of the earlier part to that part's end
  Total later_;                 // of [turn_, end_)
  size_t begin_ = 0, turn_ = 0, end_ = 0;
};

std::string colour_class(size_t line) { return fmt::format("s{}", line % kColours.size()); }

std::string panel(const Chart& chart, double x, double y) {
  const Axes axes(chart);
  std::string text = fmt::format("<g transform=\"translate({:.0f},{:.0f})\">\n", x, y);
  text += fmt::format("<rect class=\"card\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n", kPanelWidth, kPanelHeight);
  text += fmt::format("<text class=\"title\" x=\"16\" y=\"25\">{}</text>\n", xml_text(chart.title));
  text += axis_marks(axes, chart.x_label);
  std::string legend;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    text += line_marks(chart.lines[i], axes, chart.shows_mean, colour_class(i));
    legend += fmt::format("{}<tspan class=\"{}\" font-size=\"13\">\u25cf</tspan> {}", i == 0 ? "" : "\u2002",
                          colour_class(i), legend_text(chart.lines[i], chart));
  }
  text += fmt::format("<text class=\"name\" x=\"{:.0f}\" y=\"25\" text-anchor=\"end\">{}</text>\n",
                      kPanelWidth - kPlotRight, legend);
  return text + "</g>\n";
}

}  // namespace

std::string legend_text(const ChartLine& line, const Chart& chart) {
  std::optional<double> last;
  Span span{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  size_t gaps = 0;
  for (const ChartLine::Point& point : line.points) {
    if (!std::isfinite(point.y)) {
      ++gaps;
      continue;
    }
    last = point.y;
    span = {std::min(span.low, point.y), std::max(span.high, point.y)};
  }
  std::string text = chart.lines.size() == 1 && line.name == chart.title ? "" : xml_text(line.name) + " ";
  if (!last) return text + "no finite value";
  text += (chart.shows_extremes ? "last " : "") + value_text(*last);
  if (chart.shows_extremes && span.low < span.high)
    text += ", highest " + value_text(span.high) + ", lowest " + value_text(span.low);
  if (gaps > 0) text += fmt::format(", {} gap{}", gaps, gaps == 1 ? "" : "s");
  return text;
}

std::string chart_svg(const Chart& chart) {
  const Axes axes(chart);
  constexpr double kCut = kPlotTop - 10;  // the room that a panel has for its title
  std::string text = fmt::format(
      "<svg class=\"plot\" viewBox=\"0 {:.0f} {:.0f} {:.0f}\" data-left=\"{:.1f}\" data-right=\"{:.1f}\" "
      "data-low=\"{:.10g}\" data-high=\"{:.10g}\" data-label=\"{}\" role=\"img\">\n<title>{}</title>\n",
      kCut, kPanelWidth, kPanelHeight - kCut, axes.left(), axes.right(), axes.x_span().low, axes.x_span().high,
      xml_text(chart.x_label), xml_text(chart.title));
  text += axis_marks(axes, chart.x_label);
  for (size_t i = 0; i < chart.lines.size(); ++i)
    text += line_marks(chart.lines[i], axes, chart.shows_mean, colour_class(i));
  return text + "</svg>\n";
}

std::vector<double> round_ticks(double low, double high, int most, double least_step) {
  std::vector<double> ticks;
  if (!(high > low) || !std::isfinite(high - low)) return ticks;
  const double raw = std::max(least_step, (high - low) / std::max(1, most - 1));
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= raw * (1 - 1e-9)) step = factor * power;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i <= most; ++i) {
    const double tick = (first + i) * step;
    const bool is_next = tick <= high + 1e-9 * step && (ticks.empty() || tick > ticks.back());
    if (!is_next) break;  // also where doubles are further apart than ticks
    ticks.push_back(tick);
  }
  return ticks;
}

std::vector<ChartLine::Point> thinned(const std::vector<ChartLine::Point>& points, size_t limit) {
  const bool has_gaps = std::any_of(points.begin(), points.end(), [](auto& point) { return !std::isfinite(point.y); });
  const size_t stretches = limit < 2 ? 0 : (limit - 2) / (has_gaps ? 3 : 2);
  if (points.size() <= limit || stretches == 0) return points;
  std::vector<ChartLine::Point> few = {points.front()};
  const size_t inner = points.size() - 2;
  for (size_t i = 0; i < stretches; ++i) {
    const size_t begin = 1 + inner * i / stretches, end = 1 + inner * (i + 1) / stretches;
    std::optional<size_t> lowest, highest, gap;
    for (size_t at = begin; at < end; ++at) {
      if (!std::isfinite(points[at].y)) {
        gap = at;
        continue;
      }
      if (!lowest || points[at].y < points[*lowest].y) lowest = at;
      if (!highest || points[at].y > points[*highest].y) highest = at;
    }
    std::vector<size_t> kept;
    for (const std::optional<size_t>& at : {lowest, highest, gap})
      if (at && std::find(kept.begin(), kept.end(), *at) == kept.end()) kept.push_back(*at);
    std::sort(kept.begin(), kept.end());
    for (const size_t at : kept) few.push_back(points[at]);
  }
  few.push_back(points.back());
  return few;
}

std::vector<ChartLine::Point> moving_average(const std::vector<ChartLine::Point>& points, size_t width) {
  std::vector<ChartLine::Point> means;
  const size_t half = width / 2;
  WindowMean window(points);
  for (size_t i = 0; i < points.size(); ++i) {
    window.move_to(i < half ? 0 : i - half, std::min(points.size(), i + half + 1));
    means.push_back({points[i].x, std::isfinite(points[i].y) ? window.mean() : points[i].y});
  }
  return means;
}

std::string xml_text(std::string_view text) {
  std::string safe;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f ? ' ' : letter;
    }
  }
  return safe;
}

std::string draw_charts(const std::vector<Chart>& charts, std::string_view title, std::string_view subtitle) {
  const ChartLayout layout(charts.size());
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#f8fafc\"/>\n",
      layout.width(), layout.height(), xml_text(title), kStyle + colour_rules());
  text += fmt::format("<text class=\"page\" x=\"{:.0f}\" y=\"40\">{}", kMargin, xml_text(title));
  if (!subtitle.empty())
    text += fmt::format("<tspan dx=\"12\" font-size=\"12\" font-weight=\"400\" fill=\"#64748b\">{}</tspan>",
                        xml_text(subtitle));
  text += "</text>\n";
  if (charts.empty())
    text += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">nothing was logged</text>\n", kMargin, kHeader + 20);
  for (size_t i = 0; i < charts.size(); ++i) {
    const auto [x, y] = layout.place(i);
    text += panel(charts[i], x, y);
  }
  return text + "</svg>\n";
}

}  // namespace millrace
