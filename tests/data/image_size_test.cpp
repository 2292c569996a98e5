#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/image_sizes.h"
#include "millrace/data/imaging.h"
#include "millrace/io/file.h"
#include "tests/data/golden_image.h"
#include "tests/support/needs_imaging.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;
using Color = ImageReading::Color;

class SizeOfImage : public NeedsImaging {
 protected:
  static std::string whole(const std::string& name) { return io::read_file(golden_image_path(name)); }
  std::string write(const std::string& name, const std::string& content) { return folder_.write(name, content); }
  /// For every way to read a file, what comes out when it is decoded.
  static void expect_that_of_the_pixels(const std::string& path) {
    for (const Color color : {Color::color, Color::grayscale, Color::unchanged, Color::color_ignore_orientation,
                              Color::grayscale_ignore_orientation}) {
      const at::Tensor image = read_image(path, {.color = color});
      EXPECT_EQ(read_image_size(path, {.color = color}), (ImageSize{image.size(0), image.size(1)}))
          << path << " as " << static_cast<int>(color);
    }
  }
  ScratchFolder folder_;
};

TEST_F(SizeOfImage, IsThatOfItsPixels) {
  for (const std::string name : {"rgb.jpg", "gray.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.png",
                                 "rgba.png", "deep.png", "rgb.webp", "lossy.webp", "rgb.bmp", "rgb.tif"})
    expect_that_of_the_pixels(golden_image_path(name));
  EXPECT_EQ(read_image_size(golden_image_path("rgb.jpg")), (ImageSize{21, 30}));
}

TEST_F(SizeOfImage, IsTurnedAsExifSays) {
  for (int orientation = 1; orientation <= 8; ++orientation)
    expect_that_of_the_pixels(golden_image_path("turned_" + std::to_string(orientation) + ".jpg"));
  EXPECT_EQ(read_image_size(golden_image_path("turned_6.jpg")), (ImageSize{30, 21}));
  // Orientation 6 in a PNG, as a chunk with its check sum.
  const std::string exif("\0\0\0\x1A\x65XIfMM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0\xD6gKi", 38);
  const std::string png = write("turned.png", whole("rgb.png").insert(33, exif));  // behind IHDR
  expect_that_of_the_pixels(golden_image_path("exif6.webp"));
  expect_that_of_the_pixels(png);
  EXPECT_EQ(read_image_size(png), (ImageSize{30, 21}));
}

TEST_F(SizeOfImage, OfATiffIsTurnedHoweverItIsRead) {
  std::string tiff = whole("rgb.tif");
  const auto number_at = [&](size_t at, size_t bytes) {
    uint32_t number = 0;
    for (size_t i = bytes; i > 0; --i) number = number << 8 | static_cast<unsigned char>(tiff[at + i - 1]);
    return number;
  };
  const size_t directory = number_at(4, 4), entries = number_at(directory, 2);
  const auto entry = [&](size_t i) { return tiff.substr(directory + 2 + 12 * i, 12); };
  // The directory again, at the end, with the tag 274 (orientation) of the value 6.
  std::string with_tag{static_cast<char>(entries + 1), '\0'};
  size_t i = 0;
  for (; i < entries && number_at(directory + 2 + 12 * i, 2) < 274; ++i) with_tag += entry(i);
  with_tag += std::string("\x12\1\3\0\1\0\0\0\6\0\0\0", 12);
  for (; i < entries; ++i) with_tag += entry(i);
  if (tiff.size() % 2 == 1) tiff += '\0';
  const size_t end = tiff.size();
  for (size_t byte = 0; byte < 4; ++byte) tiff[4 + byte] = static_cast<char>(end >> 8 * byte & 0xFF);
  const std::string path = write("turned.tif", tiff + with_tag + std::string(4, '\0'));
  expect_that_of_the_pixels(path);
  EXPECT_EQ(read_image_size(path), (ImageSize{30, 21}));
}

TEST_F(SizeOfImage, NeedsNoPixel) {
  const std::string jpeg = whole("turned_6.jpg"), png = whole("rgb.png");
  EXPECT_EQ(read_image_size(write("a.jpg", jpeg.substr(0, jpeg.find("\xFF\xDA") + 4))), (ImageSize{30, 21}));
  EXPECT_EQ(read_image_size(write("a.png", png.substr(0, png.find("IDAT") + 4))), (ImageSize{21, 30}));
}

TEST_F(SizeOfImage, IsFoundBehindALongHeader) {
  const std::string jpeg = whole("turned_6.jpg");
  std::string notes;
  for (int i = 0; i < 3; ++i) notes += "\xFF\xE2\xFF\xFF" + std::string(65533, 'x');
  EXPECT_EQ(read_image_size(write("long.jpg", jpeg.substr(0, 2) + notes + jpeg.substr(2))), (ImageSize{30, 21}));
}

TEST_F(SizeOfImage, SaysWhatIsWrongWithAFile) {
  const std::string none = write("none.jpg", "GIF89a"), cut = write("cut.jpg", whole("rgb.jpg").substr(0, 30));
  EXPECT_THAT([&] { read_image_size(none); },
              ThrowsMessage<Error>(none + ": this is a GIF image; JPEG, PNG, WebP, BMP and TIFF are read"));
  EXPECT_THAT([&] { read_image_size(cut); },
              ThrowsMessage<Error>(cut + ": damaged: its header gives no size of an image"));
  const std::string bomb = golden_image_path("bomb.png");
  EXPECT_THAT([&] { read_image_size(bomb); },
              ThrowsMessage<Error>(bomb + ": an image of 60000x60000; more than 128 million pixels are not read"));
}

TEST(ImageSizes, AskOnceForEach) {
  const ImageSizes sizes;
  int asked = 0;
  const auto find = [&] { return ++asked, ImageSize{3, int64_t{1} << 27}; };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sizes.of(1, 2, find), (ImageSize{3, int64_t{1} << 27}));
  EXPECT_EQ(asked, 1);
  EXPECT_THAT([&] { sizes.of(0, 2, []() -> ImageSize { throw Error("missing"); }); }, ThrowsMessage<Error>("missing"));
  EXPECT_EQ(sizes.of(0, 2, find), (ImageSize{3, int64_t{1} << 27}));
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace millrace
