#include "millrace/data/transforms/pad.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

TEST(Pad, ReachesASizeAMultipleOrASquare) {
  const auto shape = [](Pad::Options options) {
    const Sample sample = applied(Pad(options), with_image(at::ones({5, 3, 1}, at::kByte)));
    return sample.tensor("img"_key).sizes().vec();
  };
  EXPECT_THAT(shape({.size = {{4, 6}}}), ElementsAre(6, 4, 1));
  EXPECT_THAT(shape({.size = {{2, 2}}}), ElementsAre(5, 3, 1));
  EXPECT_THAT(shape({.size_divisor = 4}), ElementsAre(8, 4, 1));
  EXPECT_THAT(shape({.pad_to_square = true}), ElementsAre(5, 5, 1));
  EXPECT_THAT(shape({.size_divisor = 4, .pad_to_square = true}), ElementsAre(8, 8, 1));
}

TEST(Pad, FillsImageAndMapWithTheirOwn) {
  Sample sample = with_image(at::ones({1, 1}, at::kByte));
  sample.set("gt_seg_map"_key, at::ones({1, 1}, at::kByte));
  sample = applied(Pad({.size = {{2, 1}}, .pad_val = 9.0}), sample);
  EXPECT_THAT(sample.tensor("img"_key), SameTensor(at::tensor({1, 9}, at::kByte).view({1, 2})));
  EXPECT_THAT(sample.tensor("gt_seg_map"_key), SameTensor(at::tensor({1, 255}, at::kByte).view({1, 2})));
  EXPECT_TRUE(sample.find("img_shape"_key)->equals(State::tuple({1, 2})));
}

TEST(Pad, NeedsOneWayToSayHowFar) {
  const char* const kText = "Pad needs one of size and size_divisor; pad_to_square works only with size_divisor";
  EXPECT_THAT([] { Pad({}); }, ThrowsMessage<Error>(kText));
  EXPECT_THAT([] { Pad({.size = {{2, 2}}, .size_divisor = 2}); }, ThrowsMessage<Error>(kText));
  EXPECT_THAT([] { Pad({.size = {{2, 2}}, .pad_to_square = true}); }, ThrowsMessage<Error>(kText));
  EXPECT_THAT([] { Pad({.size_divisor = 0}); }, ThrowsMessage<Error>("size_divisor must be at least 1, got 0"));
}

}  // namespace
}  // namespace millrace
