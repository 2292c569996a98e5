#include "millrace/picture/chart_image.h"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

constexpr Rgb kBlue = {0x25, 0x63, 0xeb};

Chart ramp(double gap_at = -100) {
  Chart chart{"learning rate", "iteration", {{"learning rate", {}}}};
  for (int i = 0; i <= 100; ++i)
    chart.lines[0].points.push_back({static_cast<double>(i), std::fabs(i - gap_at) < 10 ? NAN : i / 100.0});
  return chart;
}

/// Rows of the plot in which a column of pixels has the line's colour: {first, last}; {-1, -1} if there are none. The
/// title and the legend are above row `top`.
std::pair<int64_t, int64_t> line_in(const RgbImage& image, int64_t x, int64_t top = 220) {
  std::pair<int64_t, int64_t> rows{-1, -1};
  for (int64_t y = top; y < image.height(); ++y) {
    if (image.pixel(x, y) != kBlue) continue;
    if (rows.first < 0) rows.first = y;
    rows.second = y;
  }
  return rows;
}

TEST(ChartImage, IsTwiceAsLargeAsTheSvg) {
  const RgbImage one = chart_image({ramp()}, "t", ""), two = chart_image({ramp(), ramp()}, "t", "");
  EXPECT_EQ(one.width(), 2 * (480 + 2 * 28));
  EXPECT_EQ(one.height(), 2 * (62 + 270 + 28));
  EXPECT_EQ(two.width(), 2 * (2 * 480 + 20 + 2 * 28));
  EXPECT_EQ(two.height(), one.height());
}

TEST(ChartImage, DrawsALineThatRises) {
  const RgbImage image = chart_image({ramp()}, "t", "");
  const int64_t left = 2 * (28 + 62), right = 2 * (28 + 480 - 18);
  int64_t last = image.height();
  for (int64_t x = left + 4; x < right - 4; x += 40) {
    const auto [first, end] = line_in(image, x);
    ASSERT_GE(first, 0) << "no line at x = " << x;
    EXPECT_LT(end, last) << "x = " << x;
    last = first;
  }
}

TEST(ChartImage, LeavesGapsOpen) {
  const RgbImage image = chart_image({ramp(50)}, "t", "");
  EXPECT_EQ(line_in(image, 2 * (28 + 62 + 200)).first, -1);
  EXPECT_GE(line_in(image, 2 * (28 + 62 + 100)).first, 0);
}

TEST(ChartImage, SaysWhereThereIsNothing) {
  const RgbImage empty = chart_image({}, "t", "");
  EXPECT_GT(empty.width(), 0);
  EXPECT_NE(empty.bytes(), RgbImage(empty.width(), empty.height(), empty.pixel(0, 0)).bytes());
}

}  // namespace
}  // namespace millrace
