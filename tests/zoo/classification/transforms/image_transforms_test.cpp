#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/data/channel_order.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/photometric.h"
#include "millrace/zoo/classification/transforms/color_jitter.h"
#include "millrace/zoo/classification/transforms/random_resized_crop.h"
#include "millrace/zoo/classification/transforms/resize_edge.h"
#include "tests/data/golden_image.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace::classification {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;
using Range = std::array<double, 2>;
using Order = ImageReading::Order;

std::vector<int64_t> size_with_edge(const std::string& edge) {
  const ResizeEdge resize({.scale = 16, .edge = edge});
  return applied(resize, with_image(at::zeros({21, 30, 3}, at::kByte))).tensor(keys::img).sizes().vec();
}

// int(16 * 30 / 21) = 22, int(16 * 21 / 30) = 11.
using ResizeEdgeTest = NeedsImaging;

TEST_F(ResizeEdgeTest, CutsTheOtherEdgeToAWholeNumber) {
  EXPECT_THAT(size_with_edge("short"), ElementsAre(16, 22, 3));
  EXPECT_THAT(size_with_edge("long"), ElementsAre(11, 16, 3));
  EXPECT_THAT(size_with_edge("width"), ElementsAre(11, 16, 3));
  EXPECT_THAT(size_with_edge("height"), ElementsAre(16, 22, 3));
  EXPECT_THAT(
      [] { size_with_edge("shrt"); },
      ThrowsMessage<Error>("edge must be 'short', 'long', 'width' or 'height', got 'shrt'; did you mean 'short'?"));
}

using RandomResizedCropTest = NeedsImaging;

TEST_F(RandomResizedCropTest, DrawsWindowsOfAllowedAreaAndShape) {
  const RandomResizedCrop crop({.scale = int64_t{8}});
  double least_area = 1, largest_area = 0, sum = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    Rng rng(0, Mode::train, i);
    const auto window = crop.window(200, 300, rng);
    ASSERT_GE(window.top, 0);
    ASSERT_GE(window.left, 0);
    ASSERT_LE(window.top + window.height, 200);
    ASSERT_LE(window.left + window.width, 300);
    const double area = static_cast<double>(window.width * window.height) / (200 * 300);
    const double ratio = static_cast<double>(window.width) / static_cast<double>(window.height);
    ASSERT_TRUE(ratio > 0.73 && ratio < 1.37) << ratio;
    least_area = std::min(least_area, area);
    largest_area = std::max(largest_area, area);
    sum += area;
  }
  EXPECT_LT(least_area, 0.1);
  EXPECT_GT(largest_area, 0.8);
  EXPECT_NEAR(sum / 2000, 0.3906, 0.0213);  // the mean of 200000 windows drawn by NumPy; 5 standard errors
}

TEST_F(RandomResizedCropTest, TakesTheMiddleWhereNothingFits) {
  const RandomResizedCrop crop({.scale = int64_t{8}, .max_attempts = 0});
  Rng rng(0, Mode::train, 0);
  const auto wide = crop.window(30, 100, rng);
  EXPECT_THAT((std::vector{wide.top, wide.left, wide.height, wide.width}), ElementsAre(0, 30, 30, 40));
  const auto square = crop.window(30, 30, rng);
  EXPECT_THAT((std::vector{square.top, square.left, square.height, square.width}), ElementsAre(0, 0, 30, 30));
  const RandomResizedCrop wider({.scale = int64_t{8}, .aspect_ratio_range = {4, 5}});
  const auto pixel = wider.window(1, 1, rng);
  EXPECT_THAT((std::vector{pixel.top, pixel.left, pixel.height, pixel.width}), ElementsAre(0, 0, 1, 1));
}

TEST_F(RandomResizedCropTest, ResizesItsWindow) {
  const at::Tensor image = golden_array("image");
  const RandomResizedCrop crop({.scale = std::array<int64_t, 2>{17, 45},
                                .crop_ratio_range = {1, 1},
                                .aspect_ratio_range = {31.0 / 23, 31.0 / 23}});
  const Sample sample = applied(crop, with_image(image));
  EXPECT_THAT(sample.tensor(keys::img), SameTensor(golden_array("resized_bilinear_45x17")));
  EXPECT_TRUE(sample.find(keys::img_shape)->equals(State::tuple({17, 45})));
}

using ColorJitterTest = NeedsImaging;

TEST_F(ColorJitterTest, ChangesByWhatItDraws) {
  const at::Tensor image = golden_array("image");
  const auto jittered = [&](const ColorJitter::Options& options, uint64_t ordinal = 0) {
    Sample sample = with_image(image);
    set_channel_order(sample, Order::bgr);
    return applied(ColorJitter(options), sample, ordinal).tensor(keys::img);
  };
  EXPECT_THAT(jittered({}), SameTensor(image));
  EXPECT_THAT(jittered({.brightness = Range{0.4, 0.4}}), SameTensor(with_brightness(image, 0.4)));
  EXPECT_THAT(jittered({.hue = Range{0.3, 0.3}}), SameTensor(with_hue(image, 0.3, Order::bgr)));
  const at::Tensor brighter = with_brightness(image, 1.7),
                   contrast_first = with_brightness(with_contrast(image, 0.4, Order::bgr), 1.7);
  int brightness_first = 0;
  for (uint64_t i = 0; i < 100; ++i) {
    const at::Tensor both = jittered({.brightness = Range{1.7, 1.7}, .contrast = Range{0.4, 0.4}}, i);
    const bool is_first = both.equal(with_contrast(brighter, 0.4, Order::bgr));
    EXPECT_TRUE(is_first || both.equal(contrast_first));
    brightness_first += is_first;
  }
  EXPECT_NEAR(brightness_first, 50, 25);  // 5 standard errors
}

// A third of a turn makes green of red, and grey is made by the weights of BT.601.
TEST_F(ColorJitterTest, KnowsWhichChannelIsRed) {
  const at::Tensor first = at::tensor({200, 0, 0}, at::kByte).expand({2, 2, 3});
  const auto jittered = [&](const ColorJitter::Options& options, const char* order) {
    Sample sample = with_image(first);
    if (order) sample.set(keys::channel_order, order);
    return applied(ColorJitter(options), sample).tensor(keys::img)[0][0];
  };
  const ColorJitter::Options turned{.hue = Range{1.0 / 3, 1.0 / 3}}, gray{.saturation = Range{0, 0}};
  EXPECT_THAT(jittered(turned, "rgb"), SameTensor(at::tensor({0, 200, 0}, at::kByte)));
  EXPECT_THAT(jittered(turned, "bgr"), SameTensor(at::tensor({0, 0, 200}, at::kByte)));
  EXPECT_THAT(jittered(turned, nullptr), SameTensor(at::tensor({0, 200, 0}, at::kByte)));
  EXPECT_THAT(jittered(gray, "rgb"), SameTensor(at::tensor({60, 60, 60}, at::kByte)));  // 0.299 * 200 = 59.8
  EXPECT_THAT(jittered(gray, "bgr"), SameTensor(at::tensor({23, 23, 23}, at::kByte)));  // 0.114 * 200 = 22.8
  EXPECT_THAT([&] { jittered(gray, "grb"); }, ThrowsMessage<Error>("channel_order must be 'bgr' or 'rgb', got 'grb'"));
}

TEST_F(ColorJitterTest, RefusesAmountsThatAreNone) {
  EXPECT_THAT([] { ColorJitter({.brightness = -0.1}); },
              ThrowsMessage<Error>("brightness must be at least 0, got -0.1"));
  EXPECT_THAT([] { ColorJitter({.hue = 0.6}); }, ThrowsMessage<Error>("hue must be from -0.5 to 0.5, got 0.6"));
  EXPECT_THAT(
      [] {
        ColorJitter({.contrast = Range{2, 1}});
      },
      ThrowsMessage<Error>("contrast begins above its end: (2, 1)"));
}

}  // namespace
}  // namespace millrace::classification
