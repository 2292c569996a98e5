#include "millrace/picture/chart_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace millrace {
namespace {

using Span = ChartAxes::Span;

std::string grouped_digits(double number) {
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
  return decimals == 0 ? grouped_digits(value) : fmt::format("{:.{}f}", value, decimals);
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

std::vector<ChartAxes::Tick> linear_ticks(Span span, int most, double least_step) {
  std::vector<ChartAxes::Tick> ticks;
  const std::vector<double> values = round_ticks(span.low, span.high, most, least_step);
  const double step = values.size() > 1 ? values[1] - values[0] : std::fabs(span.high);
  for (const double value : values) ticks.emplace_back(value, tick_text(value, step));
  return ticks;
}

}  // namespace

ChartLayout::ChartLayout(size_t panels)
    : columns_(panels == 1 ? 1 : 2), rows_(std::max<size_t>(1, (panels + columns_ - 1) / columns_)) {}

double ChartLayout::width() const { return 2 * kMargin + static_cast<double>(columns_) * (kPanelWidth + kGap) - kGap; }

double ChartLayout::height() const {
  return kHeader + kMargin + static_cast<double>(rows_) * (kPanelHeight + kGap) - kGap;
}

std::pair<double, double> ChartLayout::place(size_t panel) const {
  return {kMargin + static_cast<double>(panel % columns_) * (kPanelWidth + kGap),
          kHeader + static_cast<double>(panel / columns_) * (kPanelHeight + kGap)};
}

ChartAxes::ChartAxes(const Chart& chart) {
  x_ = span_of(chart, &ChartLine::Point::x).value_or(Span{0, 1});
  y_ = span_of(chart, &ChartLine::Point::y).value_or(Span{0, 1});
  if (is_single_value(x_)) {
    const double room = std::max(1.0, 1e-6 * std::fabs(x_.high));
    x_ = {x_.low - room, x_.high + room};
  } else if (x_.low > 0 && x_.low <= 0.1 * x_.high) {
    x_.low = 0;
  }
  logarithmic_ = chart.may_be_logarithmic && y_.low > 0 && y_.high > 100 * y_.low;
  y_ = logarithmic_ ? Span{std::log10(y_.low) - 0.1, std::log10(y_.high) + 0.1} : widened(y_);
}

double ChartAxes::y(double value) const {
  const double position = logarithmic_ ? std::log10(value) : value;
  return bottom() - (position - y_.low) / (y_.high - y_.low) * (bottom() - top());
}

std::vector<ChartAxes::Tick> ChartAxes::x_ticks() const { return linear_ticks(x_, x_.high < 1000 ? 9 : 6, 1); }

std::vector<ChartAxes::Tick> ChartAxes::y_ticks() const {
  if (!logarithmic_) return linear_ticks(y_, 7, 0);
  std::vector<Tick> ticks;
  const int stride = std::max(1, static_cast<int>((y_.high - y_.low) / 5));
  for (int exponent = static_cast<int>(std::ceil(y_.low)); exponent <= y_.high; exponent += stride) {
    const double value = std::pow(10, exponent);
    ticks.emplace_back(value,
                       exponent >= -3 && exponent <= 5 ? fmt::format("{:g}", value) : fmt::format("1e{}", exponent));
  }
  return ticks;
}

}  // namespace millrace
