#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "millrace/picture/chart.h"

namespace millrace {

/// Sizes and colours of a page of charts, in CSS pixels: panels in columns below a header.
struct ChartLayout {
  static constexpr double kPanelWidth = 480, kPanelHeight = 270, kGap = 20, kMargin = 28, kHeader = 62;
  static constexpr double kPlotLeft = 62, kPlotRight = 18, kPlotTop = 44, kPlotBottom = 44;  // room around a plot
  static constexpr std::array<const char*, 6> kColours = {"#2563eb", "#ea580c", "#059669",
                                                          "#7c3aed", "#db2777", "#475569"};

  explicit ChartLayout(size_t panels);
  double width() const;
  double height() const;
  /// The upper left corner of a panel.
  std::pair<double, double> place(size_t panel) const;

 private:
  size_t columns_, rows_;
};

/// The axes of one panel: from the numbers of its lines to pixels from its upper left corner.
class ChartAxes {
 public:
  struct Span {
    double low, high;
  };
  /// A place on an axis, and its text.
  using Tick = std::pair<double, std::string>;

  explicit ChartAxes(const Chart& chart);

  double left() const { return ChartLayout::kPlotLeft; }
  double right() const { return ChartLayout::kPanelWidth - ChartLayout::kPlotRight; }
  double top() const { return ChartLayout::kPlotTop; }
  double bottom() const { return ChartLayout::kPanelHeight - ChartLayout::kPlotBottom; }
  Span x_span() const { return x_; }
  double x(double value) const { return left() + (value - x_.low) / (x_.high - x_.low) * (right() - left()); }
  double y(double value) const;
  std::vector<Tick> x_ticks() const;
  std::vector<Tick> y_ticks() const;

 private:
  Span x_, y_;  // y_ of the logarithms, if those are drawn
  bool logarithmic_ = false;
};

}  // namespace millrace
