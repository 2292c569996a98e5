#include "millrace/picture/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace millrace {
namespace {

// Lengths in CSS pixels.
constexpr double kPanelWidth = 480, kPanelHeight = 270, kGap = 20, kMargin = 28, kHeader = 62;
constexpr double kPlotLeft = 62, kPlotRight = 18, kPlotTop = 44, kPlotBottom = 44;
constexpr size_t kMostDots = 60;     // a line of fewer points shows each
constexpr size_t kManyPoints = 120;  // a line of more is drawn thin below its mean
constexpr std::array<const char*, 6> kColours = {"#2563eb", "#ea580c", "#059669", "#7c3aed", "#db2777", "#475569"};

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

struct Span {
  double low, high;
};

std::string grouped(double number) {
  std::string digits = fmt::format("{:.0f}", std::fabs(number));
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return (number < 0 ? "-" : "") + digits;
}

/// A tick's number, with the digits that tell it from the next one.
std::string tick_text(double value, double step) {
  if (value == 0 || std::fabs(value) < step * 1e-6) return "0";
  const double size = std::fabs(value);
  if (size >= 1e7 || step < 1e-4) {
    const int exponent = static_cast<int>(std::floor(std::log10(size) + 1e-9));
    const double mantissa = value / std::pow(10, exponent);
    const double rest = std::fabs(mantissa - std::round(mantissa));
    return fmt::format("{:.{}f}e{}", mantissa,
                       rest < 1e-3                                       ? 0
                       : rest * 10 - std::floor(rest * 10 + 1e-6) < 1e-3 ? 1
                                                                         : 2,
                       exponent);
  }
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return decimals == 0 ? grouped(value) : fmt::format("{:.{}f}", value, decimals);
}

std::string value_text(double value) {
  const double size = std::fabs(value);
  if (size == 0) return "0";
  if (size < 1e-3 || size >= 1e6) return fmt::format("{:.3g}", value);
  return size < 10 ? fmt::format("{:.4g}", value) : fmt::format("{:.{}f}", value, size < 1000 ? 2 : 0);
}

std::optional<Span> span_of(const Chart& chart, double ChartLine::Point::*member) {
  Span span{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const ChartLine& line : chart.lines)
    for (const ChartLine::Point& point : line.points)
      if (std::isfinite(point.y)) span = {std::min(span.low, point.*member), std::max(span.high, point.*member)};
  if (span.low > span.high) return std::nullopt;
  return span;
}

/// Values that differ in their last digits alone: no axis tells them apart.
bool is_single_value(Span span) {
  return span.high - span.low <= 1e-9 * std::max(std::fabs(span.low), std::fabs(span.high));
}

/// Room above and below the values, and some room where all are equal.
Span widened(Span span) {
  const double room = !is_single_value(span) ? 0.06 * (span.high - span.low)
                      : span.low != 0        ? 0.1 * std::max(std::fabs(span.low), std::fabs(span.high))
                                             : 1;
  const bool touches_zero = span.low >= 0 && span.low <= 0.25 * span.high;  // then the axis begins there
  return {touches_zero ? 0 : span.low - room, span.high + room};
}

/// From numbers to pixels inside one panel.
class Axes {
 public:
  Axes(Span x, Span y, bool logarithmic) : x_(x), y_(y), logarithmic_(logarithmic) {}
  double left() const { return kPlotLeft; }
  double right() const { return kPanelWidth - kPlotRight; }
  double top() const { return kPlotTop; }
  double bottom() const { return kPanelHeight - kPlotBottom; }
  Span x_span() const { return x_; }
  double x(double value) const { return left() + (value - x_.low) / (x_.high - x_.low) * (right() - left()); }
  double y(double value) const {
    const double position = logarithmic_ ? std::log10(value) : value;
    return bottom() - (position - y_.low) / (y_.high - y_.low) * (bottom() - top());
  }
  std::vector<std::pair<double, std::string>> x_ticks() const { return linear_ticks(x_, x_.high < 1000 ? 9 : 6, 1); }
  std::vector<std::pair<double, std::string>> y_ticks() const {
    if (!logarithmic_) return linear_ticks(y_, 7, 0);
    std::vector<std::pair<double, std::string>> ticks;
    const int stride = std::max(1, static_cast<int>((y_.high - y_.low) / 5));
    for (int exponent = static_cast<int>(std::ceil(y_.low)); exponent <= y_.high; exponent += stride) {
      const double value = std::pow(10, exponent);
      ticks.emplace_back(value,
                         exponent >= -3 && exponent <= 5 ? fmt::format("{:g}", value) : fmt::format("1e{}", exponent));
    }
    return ticks;
  }

 private:
  static std::vector<std::pair<double, std::string>> linear_ticks(Span span, int most, double least_step) {
    std::vector<std::pair<double, std::string>> ticks;
    const std::vector<double> values = round_ticks(span.low, span.high, most, least_step);
    const double step = values.size() > 1 ? values[1] - values[0] : std::fabs(span.high);
    for (const double value : values) ticks.emplace_back(value, tick_text(value, step));
    return ticks;
  }

  Span x_, y_;
  bool logarithmic_;
};

Axes axes_of(const Chart& chart) {
  Span x = span_of(chart, &ChartLine::Point::x).value_or(Span{0, 1});
  Span y = span_of(chart, &ChartLine::Point::y).value_or(Span{0, 1});
  if (is_single_value(x)) {
    const double room = std::max(1.0, 1e-6 * std::fabs(x.high));
    x = {x.low - room, x.high + room};
  } else if (x.low > 0 && x.low <= 0.1 * x.high) {
    x.low = 0;
  }
  if (chart.may_be_logarithmic && y.low > 0 && y.high > 100 * y.low)
    return {x, {std::log10(y.low) - 0.1, std::log10(y.high) + 0.1}, true};
  return {x, widened(y), false};
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
  const Axes axes = axes_of(chart);
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
  const Axes axes = axes_of(chart);
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
  const size_t columns = charts.size() == 1 ? 1 : 2;
  const size_t rows = std::max<size_t>(1, (charts.size() + columns - 1) / columns);
  const double width = 2 * kMargin + static_cast<double>(columns) * (kPanelWidth + kGap) - kGap;
  const double height = kHeader + kMargin + static_cast<double>(rows) * (kPanelHeight + kGap) - kGap;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#f8fafc\"/>\n",
      width, height, xml_text(title), kStyle + colour_rules());
  text += fmt::format("<text class=\"page\" x=\"{:.0f}\" y=\"40\">{}", kMargin, xml_text(title));
  if (!subtitle.empty())
    text += fmt::format("<tspan dx=\"12\" font-size=\"12\" font-weight=\"400\" fill=\"#64748b\">{}</tspan>",
                        xml_text(subtitle));
  text += "</text>\n";
  if (charts.empty())
    text += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">nothing was logged</text>\n", kMargin, kHeader + 20);
  for (size_t i = 0; i < charts.size(); ++i)
    text += panel(charts[i], kMargin + static_cast<double>(i % columns) * (kPanelWidth + kGap),
                  kHeader + static_cast<double>(i / columns) * (kPanelHeight + kGap));
  return text + "</svg>\n";
}

}  // namespace millrace
