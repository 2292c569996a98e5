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
  bool may_be_logarithmic = false;  // it is, where the values are positive and span more than two decades
  bool shows_extremes = false;      // the legend names the highest and the lowest value beside the last
  bool shows_mean = false;          // a line of many points is drawn thin, with its moving average over it
};

/// The panels in two columns below a title. No chart: a page that says so. Of a line of more than `kMaxCurvePoints`
/// points those are drawn that `thinned` keeps.
std::string draw_charts(const std::vector<Chart>& charts, std::string_view title, std::string_view subtitle);

/// The plot of one panel alone, its axes and lines, as an SVG element for a page that has a style for the classes plot,
/// grid, axis, raw and s0 … s5 (the first six lines). Its data-left and data-right are where on the x axis, in its own
/// units, data-low and data-high are the values; data-label is that of the axis.
std::string chart_svg(const Chart& chart);

/// What a legend says of a line: its name unless that is the chart's title, its last value, and what is special about
/// the others.
std::string legend_text(const ChartLine& line, const Chart& chart);

/// At most `limit` points that look like all of them: the first, the last, and the lowest and highest of each stretch;
/// one gap stays for each stretch that has any.
std::vector<ChartLine::Point> thinned(const std::vector<ChartLine::Point>& points, size_t limit);

/// The mean of each point's neighbourhood, `width` points wide; gaps stay gaps and count for nobody's mean.
std::vector<ChartLine::Point> moving_average(const std::vector<ChartLine::Point>& points, size_t width);

/// Round numbers (1, 2 or 5 times a power of ten) inside [low, high], at most `most` of them; `least_step` apart at
/// least.
std::vector<double> round_ticks(double low, double high, int most, double least_step = 0);

/// The text inside an XML element or attribute.
std::string xml_text(std::string_view text);

}  // namespace millrace
