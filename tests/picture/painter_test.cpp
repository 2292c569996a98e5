#include "millrace/picture/painter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr Rgb kBlack{0, 0, 0}, kWhite{255, 255, 255};

/// How much white is on a black picture, in pixels.
double white_on(const RgbImage& image) {
  double sum = 0;
  for (const uint8_t byte : image.bytes()) sum += byte;
  return sum / (3 * 255);
}

RgbImage drawn(const std::function<void(Painter&)>& draw, int64_t side = 40) {
  RgbImage image(side, side, kBlack);
  Painter painter(image);
  draw(painter);
  return image;
}

ShapeStyle filled() { return {.edge = "none", .face = "w", .alpha = 1}; }
ShapeStyle lined(double width) { return {.edge = "w", .width = width, .alpha = 1}; }

TEST(Coverage, IsTheAreaOfAPolygon) {
  Coverage shape(20, 20);
  shape.add(std::vector<PixelPlace>{{1.5, 2.25}, {17.25, 4.5}, {9, 18.75}});  // by the shoelace formula
  EXPECT_NEAR(shape.area(), 121.5, 1e-3);
  shape.clear();
  EXPECT_EQ(shape.area(), 0);
  shape.add(std::vector<PixelPlace>{{-10, -10}, {10, -10}, {10, 10}, {-10, 10}});  // a quarter is on the picture
  EXPECT_NEAR(shape.area(), 100, 1e-3);
  shape.add(std::vector<PixelPlace>{{5, 5}, {30, 5}, {30, 30}, {5, 30}});  // 225, of which 25 are covered already
  EXPECT_NEAR(shape.area(), 300, 1e-3);
}

TEST(Painter, FillsAPolygonWithItsArea) {
  const RgbImage image = drawn([](Painter& p) { p.polygon({{3.5, 4}, {30, 8.5}, {21, 35}}, filled()); });
  EXPECT_NEAR(white_on(image), 371.375, 0.5);  // shoelace
  EXPECT_EQ(image.pixel(18, 14), kWhite);
  EXPECT_EQ(image.pixel(2, 2), kBlack);
}

TEST(Painter, CoversHalfAPixelByHalf) {
  const RgbImage image = drawn([](Painter& p) { p.polygon({{2.5, 2}, {5, 2}, {5, 4}, {2.5, 4}}, filled()); }, 8);
  EXPECT_EQ(image.pixel(2, 2), (Rgb{128, 128, 128}));
  EXPECT_EQ(image.pixel(3, 3), kWhite);
  EXPECT_EQ(image.pixel(5, 2), kBlack);
}

TEST(Painter, BlendsByAlpha) {
  RgbImage image(4, 4, {100, 200, 50});
  Painter(image).polygon({{0, 0}, {4, 0}, {4, 4}, {0, 4}}, {.edge = "none", .face = Rgb{200, 0, 50}, .alpha = 0.25});
  EXPECT_EQ(image.pixel(1, 2), (Rgb{125, 150, 50}));  // 100 + 0.25 * 100, 200 - 0.25 * 200, 50
}

TEST(Painter, PutsTheLineOfABoxOnItsBorder) {
  const RgbImage image = drawn([](Painter& p) { p.polygon({{10, 10}, {30, 10}, {30, 25}, {10, 25}}, lined(2)); });
  EXPECT_NEAR(white_on(image), 22 * 17 - 18 * 13, 1e-6);  // with sharp corners, nothing twice
  EXPECT_EQ(image.pixel(9, 9), kWhite);
  EXPECT_EQ(image.pixel(10, 20), kWhite);
  EXPECT_EQ(image.pixel(11, 11), kBlack);
  EXPECT_EQ(image.pixel(8, 10), kBlack);
}

TEST(Painter, DrawsALineOfItsWidth) {
  const RgbImage image = drawn([](Painter& p) { p.polyline({{5, 5}, {35, 27.5}}, lined(3)); });
  EXPECT_NEAR(white_on(image), 37.5 * 3, 0.5);  // 30, 22.5, 37.5: a right triangle
  EXPECT_EQ(image.pixel(20, 16), kWhite);
}

TEST(Painter, DrawsCirclesOfTheirArea) {
  const double pi = std::numbers::pi;
  EXPECT_NEAR(white_on(drawn([](Painter& p) { p.circle({20, 20}, 12.5, filled()); })), pi * 12.5 * 12.5, 1);
  const RgbImage ring = drawn([](Painter& p) { p.circle({20, 20}, 10, lined(2)); });
  EXPECT_NEAR(white_on(ring), pi * (11 * 11 - 9 * 9), 2);
  EXPECT_EQ(ring.pixel(20, 20), kBlack);
}

TEST(Painter, DashesByTheWidthOfTheLine) {
  const RgbImage image = drawn([](Painter& p) {
    ShapeStyle style = lined(2);
    style.line = line_style("--");
    p.polyline({{0, 20}, {40, 20}}, style);
  });
  // Dashes of 7.4 and gaps of 3.2 in 40 pixels: 4 dashes, the last one whole: 3 * 10.6 + 7.4 = 39.2.
  EXPECT_NEAR(white_on(image), 4 * 7.4 * 2, 0.5);
  EXPECT_EQ(image.pixel(9, 20), kBlack);
  EXPECT_EQ(image.pixel(3, 20), kWhite);
}

TEST(Painter, WritesTextInTheFontsPixels) {
  RgbImage written(40, 20, kBlack);
  written.write("Ab", 5, 3, kWhite);
  RgbImage painted(40, 20, kBlack);
  Painter(painted).text("Ab", {5, 3}, {.colour = "w"});
  EXPECT_EQ(painted.bytes(), written.bytes());
}

TEST(Painter, AlignsTextAndPutsABoxBehind) {
  RgbImage at_corner(60, 40, kBlack), aligned(60, 40, kBlack);
  Painter(at_corner).text("Ab", {13, 7}, {.colour = "w"});
  Painter(aligned).text("Ab", {20, 20}, {.colour = "w", .across = AlignX::center, .down = AlignY::bottom});
  EXPECT_EQ(aligned.bytes(), at_corner.bytes());
  Painter(aligned).text("Ab", {27, 17}, {.colour = "w", .across = AlignX::right, .down = AlignY::baseline});
  EXPECT_EQ(aligned.bytes(), at_corner.bytes());

  RgbImage boxed(60, 40, kBlack);
  Painter(boxed).text("", {20, 20}, {.box = "r"});
  EXPECT_EQ(boxed.pixel(18, 18), (Rgb{255, 0, 0}));
  EXPECT_EQ(boxed.pixel(21, 34), (Rgb{255, 0, 0}));
  EXPECT_EQ(boxed.pixel(22, 20), kBlack);
}

TEST(Painter, ScalesTextWithItsSize) {
  RgbImage small(80, 40, kBlack), large(80, 40, kBlack);
  Painter(small).text("Hg", {0, 0}, {.colour = "w"});
  Painter(large).text("Hg", {0, 0}, {.colour = "w", .size = 25});
  EXPECT_NEAR(white_on(large), 6.25 * white_on(small), 1);
}

TEST(Painter, DrawsPointsOfEachMarker) {
  const auto area = [](const char* name) {
    return white_on(drawn([&](Painter& p) { p.point({20, 20}, 100, marker(name), "w", 1); }));
  };
  EXPECT_NEAR(area("s"), 100, 0.1);
  EXPECT_NEAR(area("o"), 25 * std::numbers::pi, 0.5);
  EXPECT_NEAR(area("."), 6.25 * std::numbers::pi, 0.5);
  EXPECT_NEAR(area("^"), 50, 0.5);
  EXPECT_NEAR(area("v"), 50, 0.5);
  EXPECT_NEAR(area("D"), 50, 0.5);
  EXPECT_NEAR(area("+"), 20 * 5 / 3.0 - 25 / 9.0, 0.5);
  EXPECT_GT(area("x"), 30);
}

TEST(Painter, CutsOffWhatIsOutside) {
  EXPECT_NEAR(white_on(drawn([](Painter& p) { p.circle({0, 20}, 10, filled()); })), 50 * std::numbers::pi, 1);
  EXPECT_EQ(white_on(drawn([](Painter& p) { p.polygon({{50, 50}, {60, 50}, {60, 60}}, lined(2)); })), 0);
  EXPECT_NEAR(white_on(drawn([](Painter& p) {
                p.polygon({{-1e6, -1e6}, {1e6, -1e6}, {1e6, 1e6}, {-1e6, 1e6}}, filled());
              })),
              1600, 1e-6);
}

TEST(Painter, RefusesWhatCannotBeDrawn) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  RgbImage image(4, 4);
  Painter painter(image);
  EXPECT_THAT(
      [&] {
        painter.polyline({{nan, 0}, {1, 1}}, {});
      },
      ThrowsMessage<Error>(HasSubstr("a place to draw at is not finite")));
  EXPECT_THAT(
      [&] {
        painter.circle({1, 1}, -1, {});
      },
      ThrowsMessage<Error>(HasSubstr("the radius of a circle must be above 0, got -1")));
  EXPECT_THAT(
      [&] {
        painter.polyline({{0, 0}, {1, 1}}, {.width = 0});
      },
      ThrowsMessage<Error>(HasSubstr("the width of a line must be above 0, got 0")));
  EXPECT_THAT(
      [&] {
        painter.polyline({{0, 0}, {1, 1}}, {.alpha = 2});
      },
      ThrowsMessage<Error>(HasSubstr("alpha must be from 0 to 1, got 2")));
  EXPECT_THAT([] { line_style("wavy"); }, ThrowsMessage<Error>(HasSubstr("there is no line style 'wavy'")));
  EXPECT_THAT([] { marker("star"); }, ThrowsMessage<Error>(HasSubstr("there is no marker 'star'")));
}

TEST(Ink, IsALetterANameOrDigits) {
  EXPECT_EQ(*Ink("g").colour(), (Rgb{0, 128, 0}));  // matplotlib's
  EXPECT_EQ(*Ink("c").colour(), (Rgb{0, 191, 191}));
  EXPECT_EQ(*Ink("#ff8001").colour(), (Rgb{255, 128, 1}));
  EXPECT_FALSE(Ink("none").colour());
  EXPECT_THAT([] { Ink("orang"); },
              ThrowsMessage<Error>(HasSubstr("there is no colour 'orang'; did you mean 'orange'?")));
}

TEST(Jet, EqualsOpenCVs) {  // cv2.applyColorMap(…, cv2.COLORMAP_JET)
  const std::pair<uint8_t, Rgb> levels[] = {{0, {0, 0, 128}},     {23, {0, 0, 220}},    {32, {0, 0, 255}},
                                            {46, {0, 56, 255}},   {96, {2, 255, 254}},  {115, {78, 255, 178}},
                                            {159, {254, 255, 1}}, {162, {255, 244, 0}}, {208, {255, 60, 0}},
                                            {231, {224, 0, 0}},   {255, {128, 0, 0}}};
  for (const auto& [level, colour] : levels) EXPECT_EQ(jet(level), colour) << int{level};
}

}  // namespace
}  // namespace millrace
