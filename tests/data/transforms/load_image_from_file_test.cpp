#include "millrace/data/transforms/load_image_from_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/image_keys.h"
#include "tests/data/golden_image.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Sample loaded(LoadImageFromFile::Options options, const std::string& name) {
  Sample sample;
  sample.set(keys::img_path, golden_image_path(name));
  return applied(LoadImageFromFile(std::move(options)), sample);
}

using LoadImageFromFileTest = NeedsImaging;

TEST_F(LoadImageFromFileTest, WritesImageAndShapes) {
  const Sample sample = loaded({}, "turned_6.jpg");
  EXPECT_THAT(sample.tensor(keys::img), SameTensor(golden_array("turned_6")));
  EXPECT_TRUE(sample.find(keys::img_shape)->equals(State::tuple({30, 21})));
  EXPECT_TRUE(sample.find(keys::ori_shape)->equals(State::tuple({30, 21})));
}

TEST_F(LoadImageFromFileTest, FollowsItsOptions) {
  using Color = ImageReading::Color;
  EXPECT_THAT(loaded({.to_float32 = true}, "rgb.jpg").tensor(keys::img),
              SameTensor(golden_array("rgb.jpg.color").to(at::kFloat)));
  EXPECT_THAT(loaded({.color_type = Color::grayscale}, "rgb.jpg").tensor(keys::img),
              SameTensor(golden_array("rgb.jpg.grayscale").unsqueeze(2)));
  EXPECT_THAT(loaded({.imdecode_backend = LoadImageFromFile::Backend::turbojpeg}, "turned_6.jpg").tensor(keys::img),
              SameTensor(golden_array("rgb.jpg.color")));
}

TEST_F(LoadImageFromFileTest, ByTifffileGivesTheChannelsAsStored) {
  const at::Tensor blue_first = loaded({}, "rgb.png").tensor(keys::img);  // of the same picture
  EXPECT_THAT(loaded({.imdecode_backend = LoadImageFromFile::Backend::tifffile}, "rgb.tif").tensor(keys::img),
              SameTensor(blue_first.flip({2})));
}

TEST_F(LoadImageFromFileTest, WritesDownInWhichOrderItsChannelsAre) {
  EXPECT_EQ(loaded({}, "rgb.png").string(keys::channel_order), "bgr");
  EXPECT_EQ(loaded({.color_type = ImageReading::Color::grayscale}, "rgb.jpg").string(keys::channel_order), "bgr");
  EXPECT_EQ(loaded({.imdecode_backend = LoadImageFromFile::Backend::tifffile}, "rgb.tif").string(keys::channel_order),
            "rgb");
}

TEST_F(LoadImageFromFileTest, LeavesOutWhatCantBeReadIfTold) {
  EXPECT_THROW(loaded({}, "none.jpg"), Error);
  EXPECT_THAT([] { loaded({.ignore_empty = true}, "none.jpg"); },
              ThrowsMessage<EmptySample>(golden_image_path("none.jpg") + ": no such file"));
  EXPECT_TRUE(loaded({.ignore_empty = true}, "rgb.jpg").has(keys::img));
}

TEST_F(LoadImageFromFileTest, ReadsLocalFilesAlone) {
  const auto with_backend = [](const std::string& name) {
    Value arguments = Value::dict();
    arguments.as_dict().set("backend", name);
    return LoadImageFromFile({.backend_args = arguments});
  };
  EXPECT_NO_THROW(with_backend("disk"));
  EXPECT_THAT([&] { with_backend("petrel"); }, ThrowsMessage<Error>(HasSubstr("images are read from local files")));
}

}  // namespace
}  // namespace millrace
