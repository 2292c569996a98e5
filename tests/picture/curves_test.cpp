#include "millrace/picture/curves.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/picture/chart.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Whether the elements of an XML text are opened and closed in order below one root, with attributes in quotes and no
/// stray '<' or '&'. Comments, processing instructions and CDATA are not known.
class XmlCheck {
 public:
  static bool is_well_formed(const std::string& xml) { return XmlCheck(xml).document(); }

 private:
  explicit XmlCheck(const std::string& xml) : xml_(xml) {}

  bool document() {
    if (!element()) return false;
    return xml_.find_first_not_of(" \n", at_) == std::string::npos;
  }
  bool element() {
    if (!take("<")) return false;
    const std::string name = word();
    if (name.empty()) return false;
    while (take(" "))
      if (word().empty() || !take("=\"") || !text('"') || !take("\"")) return false;
    if (take("/>")) return true;
    if (!take(">")) return false;
    while (true) {
      if (!text('<')) return false;
      if (take("</")) return word() == name && take(">");
      if (!element()) return false;
    }
  }
  bool take(std::string_view expected) {
    if (xml_.compare(at_, expected.size(), expected) != 0) return false;
    at_ += expected.size();
    return true;
  }
  std::string word() {
    const size_t begin = at_;
    while (at_ < xml_.size() && (std::isalnum(static_cast<unsigned char>(xml_[at_])) || xml_[at_] == '-')) ++at_;
    return xml_.substr(begin, at_ - begin);
  }
  bool text(char end) {
    while (at_ < xml_.size() && xml_[at_] != end) {
      const bool is_entity = take("&amp;") || take("&lt;") || take("&gt;") || take("&quot;");
      if (is_entity) continue;
      if (xml_[at_] == '&' || xml_[at_] == '<') return false;
      ++at_;
    }
    return at_ < xml_.size();
  }

  const std::string& xml_;
  size_t at_ = 0;
};

bool is_well_formed(const std::string& xml) { return XmlCheck::is_well_formed(xml); }

/// The number of points of each polyline.
std::vector<size_t> polyline_lengths(const std::string& svg) {
  std::vector<size_t> lengths;
  for (size_t at = svg.find("<polyline "); at != std::string::npos; at = svg.find("<polyline ", at + 1)) {
    const size_t begin = svg.find("points=", at), end = svg.find("/>", at);
    lengths.push_back(static_cast<size_t>(std::count(svg.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     svg.begin() + static_cast<std::ptrdiff_t>(end), ',')));
  }
  return lengths;
}

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string training_line(int iter, const std::string& loss) {
  return fmt::format(
      "{{\"lr\": 0.1, \"data_time\": 0.001, \"loss\": {}, \"time\": 0.01, \"epoch\": 1, \"iter\": {}, \"step\": {}}}\n",
      loss, iter, iter);
}

std::string training_lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += training_line(i, fmt::format("{}", 2.0 / i));
  return text;
}

TEST(Curves, DrawEveryPointOfAShortRun) {
  const std::string svg = curves_svg(training_lines(40), "lenet");
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(polyline_lengths(svg), ElementsAre(40u, 40u));  // loss, lr
  EXPECT_THAT(svg, HasSubstr(">learning rate<"));
  EXPECT_THAT(svg, Not(HasSubstr("data_time")));
}

TEST(Curves, DrawAtMostAThousandPointsOfALongRun) {
  const std::string svg = curves_svg(training_lines(20'000), "long");
  EXPECT_TRUE(is_well_formed(svg));
  const std::vector<size_t> lengths = polyline_lengths(svg);
  ASSERT_THAT(lengths, SizeIs(3u));  // the loss has its mean over it
  for (const size_t length : lengths) EXPECT_LE(length, 1000u);
  EXPECT_GE(lengths[0], 900u);
  EXPECT_LT(svg.size(), 100'000u);
}

TEST(Curves, GiveEachMetricAPanelByEpoch) {
  std::string records = training_lines(10);
  records += "{\"accuracy/top1\": 80.5, \"accuracy/top5\": 99, \"data_time\": 0.1, \"time\": 0.2, \"step\": 1}\n";
  const std::string svg = curves_svg(records, "lenet");
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_EQ(occurrences(svg, "class=\"card\""), 4u);
  EXPECT_EQ(occurrences(svg, ">epoch<"), 2u);
  EXPECT_THAT(svg, HasSubstr(">accuracy/top5<"));
}

TEST(Curves, PutMetricsOfAnIterationRunAtIterations) {
  const std::string records =
      "{\"lr\": 0.1, \"loss\": 1, \"iter\": 4, \"step\": 4}\n{\"acc\": 3, \"step\": 4}\n"
      "{\"lr\": 0.1, \"loss\": 1, \"iter\": 8, \"step\": 8}\n{\"acc\": 4, \"step\": 8}\n";
  const std::string svg = curves_svg(records, "iterations");
  EXPECT_EQ(occurrences(svg, ">epoch<"), 0u);
  EXPECT_EQ(occurrences(svg, ">iteration<"), 3u);
}

TEST(Curves, BreakALineWhereANumberIsNotFinite) {
  std::string records;
  for (int i = 1; i <= 9; ++i) records += training_line(i, i == 4 ? "NaN" : i == 5 ? "-Infinity" : "1.5");
  const std::string svg = curves_svg(records, "broken");
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(polyline_lengths(svg), ElementsAre(3u, 4u, 9u));
  EXPECT_THAT(svg, HasSubstr("2 gaps"));
  EXPECT_THAT(svg, Not(testing::ContainsRegex("nan|inf[^i]")));
}

TEST(Curves, ShowASinglePointAsADot) {
  const std::string svg = curves_svg(training_line(1, "2.3"), "short");
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(polyline_lengths(svg), ElementsAre());
  EXPECT_EQ(occurrences(svg, "<circle"), 2u);
}

TEST(Curves, PassOverWhatAKilledRunLeft) {
  const std::string svg = curves_svg(training_lines(3) + "{\"lr\": 0.1, \"lo", "killed");
  EXPECT_THAT(polyline_lengths(svg), ElementsAre(3u, 3u));
}

TEST(Curves, AreAPageEvenWithoutRecords) {
  for (const char* records : {"", "\n\n", "[1, 2]\n", "{\"a\": 1}\n", "{\"iter\": \"x\", \"loss\": 1}\n"}) {
    const std::string svg = curves_svg(records, "nothing");
    EXPECT_TRUE(is_well_formed(svg));
    EXPECT_THAT(svg, HasSubstr("nothing was logged"));
  }
}

TEST(Curves, EscapeNames) {
  const std::string svg = curves_svg("{\"a<b>&\\\"c\\u0001\": 1, \"step\": 1}\n", "<title> & more");
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(svg, HasSubstr("a&lt;b&gt;&amp;&quot;c"));
}

TEST(Curves, StayAPictureWithNumbersAtTheEndOfTheRange) {
  const std::string svg =
      curves_svg(training_line(1, "1e308") + training_line(2, "-1e308") + training_line(3, "1e-320"), "huge");
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(svg, Not(testing::ContainsRegex("nan|inf[^i]")));
}

TEST(Curves, OfValuesThatDifferInTheirLastBitHaveTheAxisOfOneValue) {
  const auto ticks = [](const std::string& a, const std::string& b) {
    return occurrences(curves_svg(training_line(1, a) + training_line(2, b), "flat"), "class=\"grid\"");
  };
  EXPECT_EQ(ticks("0.30000000000000004", "0.3"), ticks("0.3", "0.3"));
  EXPECT_EQ(ticks("-1.0000000000000002", "-1.0"), ticks("-1.0", "-1.0"));
}

TEST(Curves, OfIterationsThatAreHugeEnd) {
  std::string records;
  for (const char* iter : {"1000000000000000000", "1000000000000000128"})
    records += fmt::format("{{\"loss\": 1, \"iter\": {0}, \"step\": {0}}}\n", iter);
  const std::string svg = curves_svg(records, "huge");
  EXPECT_THAT(svg, Not(testing::ContainsRegex("nan|inf[^i]")));
  EXPECT_LT(svg.size(), 20'000u);
}

TEST(Thinned, KeepsEndsAndPeaks) {
  std::vector<ChartLine::Point> points;
  for (int i = 0; i < 10'000; ++i)
    points.push_back({static_cast<double>(i), i == 7'777 ? 100.0 : i == 2'222 ? -100.0 : 0.0});
  const auto few = thinned(points, 100);
  EXPECT_LE(few.size(), 100u);
  EXPECT_EQ(few.front().x, 0);
  EXPECT_EQ(few.back().x, 9'999);
  const auto has = [&](double y) {
    return std::any_of(few.begin(), few.end(), [y](const auto& point) { return point.y == y; });
  };
  EXPECT_TRUE(has(100) && has(-100));
  EXPECT_TRUE(std::is_sorted(few.begin(), few.end(), [](const auto& a, const auto& b) { return a.x < b.x; }));
}

TEST(Thinned, KeepsNoMoreOfALineWithGaps) {
  std::vector<ChartLine::Point> points;
  for (int i = 0; i < 10'000; ++i)
    points.push_back({static_cast<double>(i), i % 5 == 0 ? std::nan("") : static_cast<double>(i * 37 % 101)});
  const auto few = thinned(points, 100);
  EXPECT_LE(few.size(), 100u);
  EXPECT_TRUE(std::any_of(few.begin(), few.end(), [](const auto& point) { return std::isnan(point.y); }));
}

TEST(ChartPicture, LeavesOutWhatNoAxisReaches) {
  const Chart chart{
      .title = "t", .x_label = "x", .lines = {{"a", {{-1.7e308, 1.7e308}, {1, 2}, {2, -1.7e308}, {3, 4}}}}};
  const std::string svg = chart_svg(chart);
  EXPECT_THAT(svg, Not(testing::ContainsRegex("nan|inf[^i]")));
  EXPECT_TRUE(is_well_formed(svg));
}

TEST(MovingAverage, IsTheMeanOfTheFiniteNeighbours) {
  const double gap = std::nan("");
  const auto means = moving_average({{0, 1}, {1, 2}, {2, gap}, {3, 6}, {4, 8}}, 3);
  EXPECT_EQ(means[0].y, 1.5);
  EXPECT_EQ(means[1].y, 1.5);
  EXPECT_TRUE(std::isnan(means[2].y));
  EXPECT_EQ(means[3].y, 7);
  EXPECT_EQ(means[4].y, 7);
}

TEST(MovingAverage, ForgetsASpikeThatHasLeftItsWindow) {
  std::vector<ChartLine::Point> points;
  for (int i = 0; i < 40; ++i) points.push_back({static_cast<double>(i), i == 3 ? 1e20 : i});
  const auto means = moving_average(points, 5);
  for (size_t i = 1; i <= 5; ++i) EXPECT_GT(means[i].y, 1e19) << i;
  for (size_t i = 6; i < 38; ++i) EXPECT_EQ(means[i].y, static_cast<double>(i)) << i;
  EXPECT_EQ(means[39].y, 38);  // of 37, 38 and 39
}

TEST(MovingAverage, OfSumsThatAreInfiniteIsAGap) {
  std::vector<ChartLine::Point> points;
  for (int i = 0; i < 200; ++i) points.push_back({static_cast<double>(i), i == 90 || i == 91 ? 1.7e308 : 1.0});
  const Chart chart{"loss", "iteration", {{"loss", points}}, true, false, /*shows_mean=*/true};
  const std::string svg = chart_svg(chart);
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(svg, Not(testing::ContainsRegex("nan|inf[^i]")));
  EXPECT_THAT(polyline_lengths(svg), SizeIs(3u));  // the line, and its mean before and after the gap
}

TEST(RoundTicks, EndWhereNumbersAreFurtherApartThanTicks) {
  EXPECT_LE(round_ticks(1, std::nextafter(1, 2), 7).size(), 7u);
  EXPECT_LE(round_ticks(1e300, std::nextafter(1e300, 2e300), 7).size(), 7u);
  EXPECT_LE(round_ticks(1e18, 1e18 + 128, 9, 1).size(), 9u);
}

TEST(RoundTicks, AreMultiplesOfOneTwoOrFive) {
  EXPECT_THAT(round_ticks(0, 10, 6), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(round_ticks(1, 8, 9, 1), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(round_ticks(0, 2, 9, 1), ElementsAre(0, 1, 2));
  EXPECT_THAT(round_ticks(3, 3, 5), ElementsAre());
}

TEST(Curves, OfSeveralRunsHaveALineForEach) {
  const std::string metric = "{\"accuracy\": 0.5, \"step\": 1}\n";
  const std::vector<Chart> charts = curves({{"a", training_lines(3) + metric}, {"b", training_lines(2)}});
  ASSERT_THAT(charts, SizeIs(3u));  // loss, learning rate, accuracy
  EXPECT_EQ(charts[0].title, "loss");
  ASSERT_THAT(charts[0].lines, SizeIs(2u));
  EXPECT_EQ(charts[0].lines[1].name, "b");
  EXPECT_THAT(charts[0].lines[0].points, SizeIs(3u));
  EXPECT_THAT(charts[0].lines[1].points, SizeIs(2u));
  EXPECT_THAT(charts[2].lines[1].points, SizeIs(0u));  // b was not validated, and keeps its colour
  EXPECT_TRUE(is_well_formed(chart_svg(charts[0])));
}

}  // namespace
}  // namespace millrace
