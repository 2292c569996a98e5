#include "millrace/data/transforms/normalize.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/image_keys.h"
#include "tests/data/golden_image.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

// Computed with NumPy: float32(float64(float32(x) - m) * (1 / float64(s))).
TEST(Normalize, ComputesAsMMCVDoes) {
  const Normalize normalize({.mean = std::vector{123.675, 116.28, 103.53}, .std = std::vector{58.395, 57.12, 57.375}});
  const at::Tensor expected = at::tensor({0x1.4e9a9ep+0F, -0x1.e9c534p+0F, 0x1.51eb86p+1F}).view({1, 1, 3});
  for (const at::ScalarType dtype : {at::kByte, at::kFloat}) {
    const at::Tensor image = at::tensor({255, 7, 200}, at::kByte).view({1, 1, 3}).to(dtype);
    EXPECT_THAT(applied(normalize, with_image(image)).tensor("img"_key), SameTensor(expected));
  }
}

TEST(Normalize, OfBytesIsThatOfFloats) {
  const at::Tensor image = golden_array("image");
  for (const bool to_rgb : {false, true}) {
    const Normalize normalize(
        {.mean = std::vector{1.5, 116.28, 103.53}, .std = std::vector{58.395, 3.0, 7.0}, .to_rgb = to_rgb});
    EXPECT_THAT(applied(normalize, with_image(image)).tensor(keys::img),
                SameTensor(applied(normalize, with_image(image.to(at::kFloat))).tensor(keys::img)));
  }
}

TEST(Normalize, WritesDownThatItTurnedTheChannels) {
  const auto order_after = [](bool to_rgb, const char* before) {
    Sample sample = with_image(at::ones({2, 2, 3}, at::kByte));
    if (before) sample.set(keys::channel_order, before);
    const std::vector<double> ones = {1, 1, 1};
    sample = applied(Normalize({.mean = ones, .std = ones, .to_rgb = to_rgb}), sample);
    return sample.has(keys::channel_order) ? sample.string(keys::channel_order) : "none";
  };
  EXPECT_EQ(order_after(true, "bgr"), "rgb");
  EXPECT_EQ(order_after(true, "rgb"), "bgr");
  EXPECT_EQ(order_after(false, "bgr"), "bgr");
  EXPECT_EQ(order_after(true, nullptr), "none");
}

TEST(Normalize, RefusesImagesOfOtherChannels) {
  const Normalize normalize({.mean = std::vector{1.0}, .std = std::vector{2.0}, .to_rgb = false});
  EXPECT_THAT(
      [&] {
        applied(normalize, with_image(at::ones({2, 2, 3}, at::kByte)));
      },
      ThrowsMessage<Error>("Normalize has 1 means, the image has 3 channels"));
  EXPECT_THAT([] { Normalize({.mean = std::vector{1.0}, .std = std::vector{0.0}}); },
              ThrowsMessage<Error>("std must be above 0, got 0.0"));
}

}  // namespace
}  // namespace millrace
