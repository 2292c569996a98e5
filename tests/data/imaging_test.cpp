#include "millrace/data/imaging.h"

#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/io/file.h"
#include "tests/data/golden_image.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Color = ImageReading::Color;
using Order = ImageReading::Order;

/// Gray arrays of OpenCV have no third dimension.
at::Tensor golden_pixels(const std::string& name) {
  const at::Tensor array = golden_array(name);
  return array.dim() == 2 ? array.unsqueeze(2) : array;
}

using ReadImageTest = NeedsImaging;

TEST_F(ReadImageTest, SeesThePixelsThatOpenCVSees) {
  for (const std::string name :
       {"rgb.jpg", "gray.jpg", "progressive.jpg", "cmyk.jpg", "palette.png", "rgba.png", "lossy.webp"})
    for (const Color color : {Color::color, Color::grayscale}) {
      const std::string kind = color == Color::color ? "color" : "grayscale";
      EXPECT_THAT(read_image(golden_image_path(name), {.color = color}), SameTensor(golden_pixels(name + "." + kind)))
          << name << " " << kind;
    }
}

TEST_F(ReadImageTest, LeavesChannelsAndDepthAsTheyAre) {
  for (const std::string name : {"rgb.jpg", "gray.jpg", "palette.png", "rgba.png", "lossy.webp"})
    EXPECT_THAT(read_image(golden_image_path(name), {.color = Color::unchanged}),
                SameTensor(golden_pixels(name + ".unchanged")))
        << name;
  const at::Tensor deep = read_image(golden_image_path("deep.png"), {.color = Color::unchanged});
  EXPECT_EQ(deep.scalar_type(), at::kUInt16);
  EXPECT_THAT(deep.to(at::kInt), SameTensor(golden_array("deep.png.unchanged")));
}

TEST_F(ReadImageTest, GivesTheSameForEveryLosslessFormat) {
  const at::Tensor png = read_image(golden_image_path("rgb.png"));
  for (const std::string name : {"rgb.webp", "rgb.bmp", "rgb.tif"})
    EXPECT_THAT(read_image(golden_image_path(name)), SameTensor(png)) << name;
}

TEST_F(ReadImageTest, TurnsAJpegUprightUnlessToldNotTo) {
  const at::Tensor as_stored = read_image(golden_image_path("rgb.jpg"));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "turned_" + std::to_string(orientation);
    EXPECT_THAT(read_image(golden_image_path(name + ".jpg")), SameTensor(golden_array(name))) << orientation;
    EXPECT_THAT(read_image(golden_image_path(name + ".jpg"), {.color = Color::color_ignore_orientation}),
                SameTensor(as_stored))
        << orientation;
  }
}

TEST_F(ReadImageTest, TurnsAWebPUprightAsAPng) {
  const at::Tensor upright = read_image(golden_image_path("exif6.png"));  // of the same picture, turned by OpenCV
  EXPECT_THAT(upright.sizes(), testing::ElementsAre(16, 24, 3));
  EXPECT_THAT(read_image(golden_image_path("exif6.webp")), SameTensor(upright));
  EXPECT_THAT(read_image(golden_image_path("exif6.webp"), {.color = Color::grayscale}).sizes(),
              testing::ElementsAre(16, 24, 1));
  const at::Tensor stored = read_image(golden_image_path("exif6.webp"), {.color = Color::color_ignore_orientation});
  EXPECT_THAT(upright, SameTensor(stored.transpose(0, 1).flip({1}).contiguous())) << "EXIF 6: a quarter to the right";
  EXPECT_THAT(read_image(golden_image_path("exif6.webp"), {.color = Color::unchanged}), SameTensor(stored));
  std::string webp = io::read_file(golden_image_path("exif6.webp"));
  const size_t exif = webp.find("MM\0*", 0, 4);
  webp[exif + 19] = 3;
  EXPECT_THAT(imaging().decode(webp, "half", {}), SameTensor(stored.flip({0, 1}).contiguous()));
  webp.insert(exif, std::string("Exif\0\0", 6));  // as some writers have it
  webp[exif - 4] = static_cast<char>(webp[exif - 4] + 6);
  webp[4] = static_cast<char>(webp[4] + 6);
  EXPECT_THAT(imaging().decode(webp, "half", {}), SameTensor(stored.flip({0, 1}).contiguous()));
}

TEST_F(ReadImageTest, OfAKindThatIsNotReadSaysWhichItIs) {
  EXPECT_THAT([] { read_image(golden_image_path("float.tif")); },
              ThrowsMessage<Error>(golden_image_path("float.tif") +
                                   ": this is a TIFF of floating-point numbers of 32 bits; it is not read as 8 bits\n"
                                   "  help: color_type='unchanged'"));
  const at::Tensor numbers = read_image(golden_image_path("float.tif"), {.color = Color::unchanged});
  EXPECT_EQ(numbers.scalar_type(), at::kFloat);
  EXPECT_THAT(numbers.sizes(), testing::ElementsAre(16, 24, 1));
  const std::string heic(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0",
      16);
  EXPECT_THAT([&] { imaging().decode(heic, "a.jpg", {}); },
              ThrowsMessage<Error>("a.jpg: this is a HEIC image; JPEG, PNG, WebP, BMP and TIFF are read"));
  std::string webp = io::read_file(golden_image_path("exif6.webp"));
  webp[20] = static_cast<char>(webp[20] | 2);
  EXPECT_THAT([&] { imaging().decode(webp, "a.webp", {}); },
              ThrowsMessage<Error>("a.webp: this is an animated WebP image; JPEG, PNG, WebP, BMP and TIFF are read"));
}

TEST_F(ReadImageTest, GivesChannelsInEitherOrder) {
  for (const std::string name : {"rgb.jpg", "rgb.png", "cmyk.jpg"})
    EXPECT_THAT(read_image(golden_image_path(name), {.order = Order::rgb}),
                SameTensor(read_image(golden_image_path(name)).flip({2})))
        << name;
}

class BrokenImage : public NeedsImaging {
 protected:
  std::string write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  static std::string whole(const std::string& name) { return io::read_file(golden_image_path(name)); }
  ScratchFolder folder_;
};

TEST_F(BrokenImage, IsNamedWithWhatIsWrong) {
  const std::string jpeg = whole("rgb.jpg");
  EXPECT_THAT(
      [&] { read_image(write("half.jpg", jpeg.substr(0, jpeg.size() - 200))); },
      ThrowsMessage<Error>(folder_ / "half.jpg: truncated JPEG, of " + std::to_string(jpeg.size() - 200) + " bytes"));
  EXPECT_THAT([&] { read_image(write("head.jpg", jpeg.substr(0, 20))); },
              ThrowsMessage<Error>(HasSubstr("head.jpg: damaged JPEG")));
  const std::string cmyk = whole("cmyk.jpg");
  EXPECT_THAT([&] { read_image(write("cmyk.jpg", cmyk.substr(0, cmyk.size() - 200))); },
              ThrowsMessage<Error>(HasSubstr("cmyk.jpg: truncated JPEG")));
  EXPECT_THAT([&] { read_image(write("same.jpg", jpeg.substr(0, jpeg.size() - 200)), {.color = Color::unchanged}); },
              ThrowsMessage<Error>(HasSubstr("same.jpg: truncated JPEG")));
  const std::string png = whole("rgb.png");
  EXPECT_THAT([&] { read_image(write("half.png", png.substr(0, png.size() / 2))); },
              ThrowsMessage<Error>(HasSubstr("half.png: damaged or truncated image")));
  EXPECT_THAT([&] { read_image(write("none.jpg", "GIF89a")); },
              ThrowsMessage<Error>(folder_ / "none.jpg: this is a GIF image; JPEG, PNG, WebP, BMP and TIFF are read"));
  EXPECT_THAT(
      [&] { read_image(write("text.jpg", "Lorem ipsum")); },
      ThrowsMessage<Error>(folder_ / "text.jpg: not an image that can be read: neither JPEG, PNG, WebP, BMP nor TIFF"));
  EXPECT_THAT([&] { read_image(write("empty.png", "")); }, ThrowsMessage<Error>(HasSubstr("empty.png: not an image")));
  EXPECT_THAT([&] { read_image(folder_ / "missing.png"); }, ThrowsMessage<Error>(HasSubstr("missing.png")));
}

TEST_F(BrokenImage, OfAnEnormousSizeIsRefusedBeforeMemoryIsTaken) {
  EXPECT_THAT(
      [] { read_image(golden_image_path("bomb.png")); },
      ThrowsMessage<Error>(HasSubstr("bomb.png: an image of 60000x60000; more than 128 million pixels are not read")));
  std::string jpeg = whole("rgb.jpg");
  const size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xEA\x60\xEA\x60");
  EXPECT_THAT([&] { read_image(write("bomb.jpg", jpeg)); },
              ThrowsMessage<Error>(HasSubstr("bomb.jpg: an image of 60000x60000")));
  std::string bmp = whole("rgb.bmp");
  bmp.replace(18, 8, std::string("\x60\xEA\0\0\x60\xEA\0\0", 8));
  EXPECT_THAT([&] { read_image(write("bomb.bmp", bmp)); },
              ThrowsMessage<Error>(HasSubstr("bomb.bmp: an image of 60000x60000")));
}

TEST_F(BrokenImage, IsSaidToBeDamagedByTheErrorAlone) {
  for (const std::string name : {"rgb.png", "gray.png", "palette.png", "rgb.bmp", "rgb.tif", "lossy.webp"})
    for (const size_t tenths : {1, 3, 5, 7, 9}) {
      const std::string content = whole(name).substr(0, whole(name).size() * tenths / 10);
      testing::internal::CaptureStderr();
      EXPECT_THROW(imaging().decode(content, name, {}), Error) << name << " " << tenths;
      EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << name << " " << tenths;
    }
}

TEST_F(BrokenImage, OfAPngIsFoundByItsCheckSums) {
  const std::string png = whole("rgb.png");
  const size_t data = png.find("IDAT");
  for (const size_t at : {size_t{19}, data + 10, png.size() - 1}) {
    std::string content = png;
    content[at] = static_cast<char>(content[at] ^ 1);
    testing::internal::CaptureStderr();
    EXPECT_THAT([&] { imaging().decode(content, "a.png", {}); },
                ThrowsMessage<Error>("a.png: damaged or truncated image, of " + std::to_string(png.size()) + " bytes"))
        << at;
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << at;
  }
}

TEST_F(BrokenImage, OfAPngLosesNotesThatAreDamagedAndNoPixel) {
  const std::string png = whole("rgb.png");
  // A text whose check sum is wrong, and a profile of colours that is none but for its check sum.
  for (const std::string& chunk :
       {std::string("\0\0\0\4tEXtabcd1234", 16), std::string("\0\0\0\4iCCPx\0\0y\xE9\xE8\xFD\xFF", 16)}) {
    std::string content = png;
    content.insert(33, chunk);  // behind IHDR
    testing::internal::CaptureStderr();
    EXPECT_THAT(imaging().decode(content, "a.png", {}), SameTensor(imaging().decode(png, "b.png", {})));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

/// Any file is an image or an error.
TEST_F(BrokenImage, OfAnyKindNeitherCrashesNorHangs) {
  uint32_t random = 1;
  const auto draw = [&random](size_t below) {
    random = random * 1664525 + 1013904223;
    return static_cast<size_t>(random >> 8) % below;
  };
  int read = 0;
  for (const std::string name : {"rgb.jpg", "turned_6.jpg", "gray.png", "lossy.webp", "rgb.bmp", "rgb.tif"})
    for (int i = 0; i < 60; ++i) {
      std::string content = whole(name);
      for (size_t k = draw(4) + 1; k > 0; --k) content[draw(content.size())] = static_cast<char>(draw(256));
      if (i % 3 == 0) content.resize(draw(content.size()));
      try {
        const at::Tensor image = imaging().decode(content, name, {});
        EXPECT_EQ(image.dim(), 3);
        ++read;
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(name));
      }
    }
  EXPECT_GT(read, 20);
}

using WriteImageTest = NeedsImaging;

TEST_F(WriteImageTest, IsReadBack) {
  const at::Tensor image = golden_array("image");
  for (const std::string ending : {".png", ".bmp", ".tif"}) {
    const std::string content = imaging().encode(image, "a" + ending, Order::bgr);
    EXPECT_THAT(imaging().decode(content, "a", {}), SameTensor(image)) << ending;
    EXPECT_THAT(imaging().decode(imaging().encode(image, "a" + ending, Order::rgb), "a", {.order = Order::rgb}),
                SameTensor(image))
        << ending;
  }
  const at::Tensor jpeg = imaging().decode(imaging().encode(image, "a.JPG", Order::bgr), "a", {});
  EXPECT_LT((jpeg.to(at::kFloat) - image.to(at::kFloat)).abs().mean().item<double>(), 8);
  EXPECT_THAT(
      [&] { imaging().encode(image, "a.gif", Order::bgr); },
      ThrowsMessage<Error>(
          "a.gif: an image is written as '.bmp', '.jpeg', '.jpg', '.png', '.tif', '.tiff' or '.webp', not '.gif'"));
}

}  // namespace
}  // namespace millrace
