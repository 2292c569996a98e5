#include "millrace/data/photometric.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "tests/data/golden_image.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;
using Order = ImageReading::Order;

TEST(Photometric, HasTheBitsOfPillow) {
  const at::Tensor image = golden_array("image");
  for (const double factor : {0.0, 0.4, 1.0, 1.7}) {
    const std::string end = fmt::format("_pillow_{:.1f}", factor);
    EXPECT_THAT(with_brightness(image, factor), SameTensor(golden_array("brightness" + end))) << factor;
    EXPECT_THAT(with_contrast(image, factor, Order::bgr), SameTensor(golden_array("contrast" + end))) << factor;
    EXPECT_THAT(with_saturation(image, factor, Order::bgr), SameTensor(golden_array("saturation" + end))) << factor;
  }
  for (const double turn : {-0.5, -0.1, 0.0, 0.3})
    EXPECT_THAT(with_hue(image, turn, Order::bgr), SameTensor(golden_array(fmt::format("hue_pillow_{:.1f}", turn))))
        << turn;
}

// Grey is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601): without saturation that is all that is left, without
// contrast its mean.
TEST(Photometric, WeighsEachColourByItself) {
  const at::Tensor image = golden_array("image");
  for (const Order order : {Order::rgb, Order::bgr}) {
    const std::vector<double> weights =
        order == Order::rgb ? std::vector{0.299, 0.587, 0.114} : std::vector{0.114, 0.587, 0.299};
    const at::Tensor gray = (image.to(at::kDouble) * at::tensor(weights)).sum(2, /*keepdim=*/true).expand_as(image);
    EXPECT_THAT(with_saturation(image, 0, order).to(at::kDouble), AllClose(gray, {.atol = 0.51}));
    EXPECT_THAT(with_contrast(image, 0, order).to(at::kDouble), AllClose(gray.mean().expand_as(image), {.atol = 0.6}));
  }
}

TEST(Photometric, TurnsRedToGreenToBlue) {
  const at::Tensor colours = at::tensor({200, 0, 0, 0, 200, 0, 0, 0, 200}, at::kByte).view({1, 3, 3});
  EXPECT_THAT(with_hue(colours, 1.0 / 3, Order::rgb), SameTensor(colours.roll(1, 2)));
  EXPECT_THAT(with_hue(colours, 1.0 / 3, Order::bgr), SameTensor(colours.roll(-1, 2)));
}

TEST(Photometric, DoesTheSameToChannelsInEitherOrder) {
  const at::Tensor image = golden_array("image"), turned = image.flip({2});
  EXPECT_THAT(with_contrast(turned, 1.7, Order::rgb).flip({2}), SameTensor(with_contrast(image, 1.7, Order::bgr)));
  EXPECT_THAT(with_saturation(turned, 1.7, Order::rgb).flip({2}), SameTensor(with_saturation(image, 1.7, Order::bgr)));
  EXPECT_THAT(with_hue(turned, 0.3, Order::rgb).flip({2}), SameTensor(with_hue(image, 0.3, Order::bgr)));
}

TEST(Photometric, RefusesWhatHasNoColours) {
  EXPECT_THAT(
      [] {
        with_hue(at::full({2, 2, 1}, 1, at::kByte), 0.1, Order::rgb);
      },
      ThrowsMessage<Error>("colours are changed of images (H, W, 3) of uint8, not of (2, 2, 1) of Byte"));
  EXPECT_THAT(
      [] {
        with_brightness(at::full({2, 2, 3}, 1.0, at::kFloat), 0.1);
      },
      ThrowsMessage<Error>("colours are changed of images (H, W, 3) of uint8, not of (2, 2, 3) of Float"));
  EXPECT_THAT([] { with_contrast(at::full({4}, 1, at::kByte), 0.1, Order::rgb); },
              ThrowsMessage<Error>("colours are changed of images (H, W, 3) of uint8, not of (4) of Byte"));
}

}  // namespace
}  // namespace millrace
