#include "millrace/picture/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "millrace/picture/rgb_image.h"

namespace millrace {
namespace {

using testing::Eq;
using testing::StartsWith;

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

TEST(Png, IsASignatureAndThreeChunksWhoseChecksumsHold) {
  const std::string png = encode_png(RgbImage(5, 3, {1, 2, 3}));
  EXPECT_THAT(png, StartsWith("\x89PNG\r\n\x1a\n"));
  std::string types;
  size_t at = 8;
  while (at < png.size()) {
    const uint32_t length = big_endian(png, at);
    types += png.substr(at + 4, 4);
    const auto* data = reinterpret_cast<const Bytef*>(png.data() + at + 4);
    EXPECT_EQ(crc32(0, data, length + 4), big_endian(png, at + 8 + length));
    at += 12 + length;
  }
  EXPECT_EQ(types, "IHDRIDATIEND");
  EXPECT_EQ(big_endian(png, 16), 5u);
  EXPECT_EQ(big_endian(png, 20), 3u);
}

TEST(Png, SaysWhoMadeIt) {
  const std::string png = encode_png(RgbImage(5, 3, {1, 2, 3}), "a mill");
  EXPECT_EQ(png.substr(33, 27), std::string("\0\0\0\x0ftEXtSoftware\0a mill", 23) + png.substr(56, 4));
  EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>(png.data() + 37), 19), big_endian(png, 56));
  EXPECT_EQ(png_software(png), "a mill");
  EXPECT_EQ(png_software(encode_png(RgbImage(5, 3, {1, 2, 3}))), "");
  for (size_t length = 0; length < 56; ++length) EXPECT_EQ(png_software(png.substr(0, length)), "") << length;
}

TEST(RgbImage, CutsOffWhatLiesOutside) {
  RgbImage image(4, 4, {9, 9, 9});
  image.fill(-2, -2, 4, 4, {1, 1, 1});
  image.paste(RgbImage(3, 3, {5, 5, 5}), 3, 3);
  image.write("W", 2, -20, {7, 7, 7});
  EXPECT_EQ(image.pixel(1, 1), (Rgb{1, 1, 1}));
  EXPECT_EQ(image.pixel(2, 2), (Rgb{9, 9, 9}));
  EXPECT_EQ(image.pixel(3, 3), (Rgb{5, 5, 5}));
}

TEST(RgbImage, WritesTextThatCanBeRead) {
  RgbImage image(7, 13, {0, 0, 0});
  image.write("T", 0, 0, {255, 255, 255});
  std::string drawn;
  for (int64_t y = 0; y < 13; ++y) {
    for (int64_t x = 0; x < 7; ++x) drawn += image.pixel(x, y).red ? '#' : '.';
    drawn += '\n';
  }
  EXPECT_THAT(drawn, Eq(".......\n.......\n.#####.\n...#...\n...#...\n...#...\n...#...\n...#...\n...#...\n...#...\n"
                        "...#...\n.......\n.......\n"));
}

TEST(RgbImage, FitsByWholeMultiplesOrByMeans) {
  RgbImage image(2, 1);
  image.fill(0, 0, 1, 1, {100, 0, 0});
  image.fill(1, 0, 1, 1, {200, 0, 0});
  const RgbImage large = image.fitted(7);
  EXPECT_EQ(large.width(), 6);
  EXPECT_EQ(large.pixel(2, 2).red, 100);
  EXPECT_EQ(large.pixel(3, 0).red, 200);
  const RgbImage small = image.fitted(1);
  EXPECT_EQ(small.width(), 1);
  EXPECT_EQ(small.pixel(0, 0).red, 150);
}

TEST(Shortened, EndsInTwoDotsWhereSomethingIsLeftOut) {
  EXPECT_EQ(shortened("Ankle boot", 10), "Ankle boot");
  EXPECT_EQ(shortened("Ankle boot", 7), "Ankle..");
  EXPECT_EQ(shortened("Straße", 7), "Straße");
  EXPECT_EQ(shortened("Straße", 6), "Stra..") << "the sharp s is drawn as two";
  EXPECT_EQ(shortened("日本語", 3), "日本語");
  EXPECT_EQ(shortened("日本語日本語", 4), "日本..");
  EXPECT_EQ(shortened("u\u0308ber alles", 6), "u\u0308ber..") << "a combining mark takes no room";
  EXPECT_EQ(shortened("ab", 1), ".");
}

}  // namespace
}  // namespace millrace
