#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

inline constexpr size_t kMaxCurvePoints = 1000;

/// A line of a chart: y over x, with x rising. A y that is not finite is a gap.
struct ChartLine {
  struct Point {
    double x, y;
  };
  std::string name;
  std::vector<Point> points;
};

/// One panel: lines over one pair of axes.
struct Chart {
  std::string title;
  std::string x_label;
  std::vector<ChartLine> lines;
  bool may_be_logarithmic = false;  // used if the values are positive and span more than two decades
  bool shows_extremes = false;      // the legend has the highest and the lowest value beside the last
  bool shows_mean = false;          // a line of many points is drawn thin, with its moving average over it
};

/// The panels in two columns below a title; without panels, a page that says so. Lines of more than `kMaxCurvePoints`
/// points are thinned.
std::string draw_charts(const std::vector<Chart>& charts, std::string_view title, std::string_view subtitle);

/// Only the plot of one panel, its axes and lines, as an SVG element for a page that has a style for the classes plot,
/// grid, axis, raw and s0 … s5 (the first six lines). The positions data-left and data-right on the x axis, in units of
/// the drawing, belong to the values data-low and data-high; data-label is the label of the axis.
std::string chart_svg(const Chart& chart);

/// The text of a line in the legend: its name unless that is the chart's title, its last value, and its extremes and
/// gaps.
std::string legend_text(const ChartLine& line, const Chart& chart);

/// At most `limit` points that look like the whole line: the first, the last, and the lowest and highest of each
/// stretch. A stretch with gaps keeps one gap.
std::vector<ChartLine::Point> thinned(const std::vector<ChartLine::Point>& points, size_t limit);

/// The moving average over `width` points; gaps stay gaps and are left out of the means.
std::vector<ChartLine::Point> moving_average(const std::vector<ChartLine::Point>& points, size_t width);

/// At most `most` round numbers (1, 2 or 5 times a power of ten) inside [low, high], at least `least_step` apart.
std::vector<double> round_ticks(double low, double high, int most, double least_step = 0);

/// The text inside an XML element or attribute.
std::string xml_text(std::string_view text);

}  // namespace millrace
