#include "millrace/picture/captioned.h"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

constexpr Rgb kOrange{250, 150, 10}, kBar{1, 2, 3};

int64_t count_of(const RgbImage& image, Rgb colour, int64_t row) {
  int64_t count = 0;
  for (int64_t x = 0; x < image.width(); ++x) count += image.pixel(x, row) == colour;
  return count;
}

TEST(Captioned, KeepsThePictureAndAddsALineEach) {
  const RgbImage picture(50, 100, kOrange);
  const std::vector<CaptionLine> lines = {{"hat", "93%", 0.93, kBar}, {"shoe", "4%", 0.04, kBar}};
  const RgbImage image = captioned(picture, lines, 100);
  EXPECT_EQ(image.width(), 100) << "wide enough to be read, though the picture is narrow";
  EXPECT_EQ(count_of(image, kOrange, 0), 50);
  EXPECT_EQ(count_of(image, kOrange, 99), 50);
  EXPECT_EQ((image.height() - 100) % 2, 0);
  const int64_t line = (image.height() - 100) / 2;
  EXPECT_GT(line, RgbImage::kGlyphHeight);
  EXPECT_EQ(count_of(image, kBar, 100), 93) << "the bar is as long as the share of the width";
  EXPECT_EQ(count_of(image, kBar, 100 + line), 4);
}

TEST(Captioned, DrawsWhateverTheShareIs) {
  for (const double share : {-1.0, 2.0, std::nan(""), 0.0})
    EXPECT_EQ(
        captioned(RgbImage(8, 8, kOrange), std::vector<CaptionLine>{{std::string(500, 'w'), "x", share, kBar}}, 64)
            .width(),
        64);
}

}  // namespace
}  // namespace millrace
