#include <ATen/ops/arange.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/image_window.h"
#include "millrace/data/transforms/normalize.h"
#include "millrace/data/transforms/pad.h"
#include "millrace/data/transforms/random_flip.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

Rng some_rng(uint64_t ordinal = 0) { return Rng(0, Rng::Stream::train, ordinal); }

Sample applied(const Transform& transform, Sample sample, uint64_t ordinal = 0) {
  Rng rng = some_rng(ordinal);
  transform.apply(sample, rng);
  return sample;
}
Sample with_image(at::Tensor image) {
  Sample sample;
  sample.set(keys::img, std::move(image));
  return sample;
}

std::vector<int32_t> sources_of(const AxisMap& map) { return {map.sources().begin(), map.sources().end()}; }

// As numpy.pad and OpenCV's copyMakeBorder have them.
TEST(AxisMap, PadsInEveryMode) {
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::constant)), ElementsAre(-1, -1, 0, 1, 2, -1));
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::edge)), ElementsAre(0, 0, 0, 1, 2, 2));
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::reflect)), ElementsAre(2, 1, 0, 1, 2, 1));
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::symmetric)), ElementsAre(1, 0, 0, 1, 2, 2));
}

TEST(AxisMap, MirrorsMoreThanOnceWhereThePaddingIsLong) {
  EXPECT_THAT(sources_of(AxisMap(2).padded(3, 3, PaddingMode::reflect)), ElementsAre(1, 0, 1, 0, 1, 0, 1, 0));
  EXPECT_THAT(sources_of(AxisMap(2).padded(3, 3, PaddingMode::symmetric)), ElementsAre(1, 1, 0, 0, 1, 1, 0, 0));
  EXPECT_THAT(sources_of(AxisMap(1).padded(2, 1, PaddingMode::reflect)), ElementsAre(0, 0, 0, 0));
}

TEST(AxisMap, TakesWindowsAndMirrors) {
  EXPECT_THAT(sources_of(AxisMap(4).padded(1, 1, PaddingMode::constant).window(0, 3)), ElementsAre(-1, 0, 1));
  EXPECT_THAT(sources_of(AxisMap(3).mirrored()), ElementsAre(2, 1, 0));
}

TEST(Remapped, CopiesPixelsOfEverySize) {
  const double kFill[] = {7};
  const AxisMap rows = AxisMap(3).padded(1, 0, PaddingMode::constant), columns = AxisMap(4).mirrored();
  for (const at::ScalarType dtype : {at::kByte, at::kShort, at::kFloat, at::kDouble})
    for (const int64_t channels : {1, 2, 3, 5}) {
      const at::Tensor image = at::arange(12 * channels).view({3, 4, channels}).to(dtype);
      const at::Tensor out = remapped(image, rows, columns, kFill);
      EXPECT_THAT(out.narrow(0, 1, 3), SameTensor(image.flip({1})));
      EXPECT_THAT(out.select(0, 0), SameTensor(at::ones({4, channels}, dtype) * 7));
    }
}

TEST(Remapped, FillsEachChannelWithItsOwn) {
  const double kFill[] = {1, 2};
  const at::Tensor out = remapped(at::ones({1, 1, 2}, at::kByte) * 9, AxisMap(1), AxisMap(1).padded(1, 1, PaddingMode::constant), kFill);
  EXPECT_THAT(out, SameTensor(at::tensor({1, 2, 9, 9, 1, 2}, at::kByte).view({1, 3, 2})));
  EXPECT_THAT([&] { remapped(at::ones({1, 1, 3}, at::kByte), AxisMap(1), AxisMap(1), kFill); },
              ThrowsMessage<Error>("2 numbers to pad with, for an image of 3 channels"));
}

TEST(RandomFlip, MirrorsWhatLiesOnTheImage) {
  Sample sample = with_image(at::arange(12, at::kByte).view({2, 3, 2}));
  sample.set("gt_bboxes", at::tensor({0.F, 0.F, 1.F, 2.F}).view({1, 4}));
  sample.set("gt_keypoints", at::tensor({0.5F, 1.5F, 2.F}).view({1, 1, 3}));
  sample.set("gt_seg_map", at::tensor({1, 2, 3, 4, 5, 6}, at::kByte).view({2, 3}));
  const Sample before = sample;

  const Sample horizontal = applied(RandomFlip({.prob = 1.0, .swap_seg_labels = {{1, 2}, {6, 7}}}), sample);
  EXPECT_THAT(horizontal.tensor("img"), SameTensor(before.tensor("img").flip({1})));
  EXPECT_THAT(horizontal.tensor("gt_bboxes"), SameTensor(at::tensor({2.F, 0.F, 3.F, 2.F}).view({1, 4})));
  EXPECT_THAT(horizontal.tensor("gt_keypoints"), SameTensor(at::tensor({2.5F, 1.5F, 2.F}).view({1, 1, 3})));
  EXPECT_THAT(horizontal.tensor("gt_seg_map"), SameTensor(at::tensor({3, 1, 2, 7, 5, 4}, at::kByte).view({2, 3})));
  EXPECT_EQ(horizontal.string("flip_direction"), "horizontal");

  const Sample diagonal = applied(RandomFlip({.prob = 1.0, .direction = RandomFlip::Direction::diagonal}), sample);
  EXPECT_THAT(diagonal.tensor("img"), SameTensor(before.tensor("img").flip({0, 1})));
  EXPECT_THAT(diagonal.tensor("gt_bboxes"), SameTensor(at::tensor({2.F, 0.F, 3.F, 2.F}).view({1, 4})));
  EXPECT_THAT(diagonal.tensor("gt_keypoints"), SameTensor(at::tensor({2.5F, 0.5F, 2.F}).view({1, 1, 3})));

  EXPECT_THAT(sample.tensor("img"), SameTensor(at::arange(12, at::kByte).view({2, 3, 2})));  // the dataset's memory is untouched
  EXPECT_THAT(sample.tensor("gt_bboxes"), SameTensor(at::tensor({0.F, 0.F, 1.F, 2.F}).view({1, 4})));
}

TEST(RandomFlip, DoesNothingWithProbabilityZero) {
  const Sample sample = applied(RandomFlip({.prob = 0.0}), with_image(at::arange(6, at::kByte).view({2, 3})));
  EXPECT_THAT(sample.tensor("img"), SameTensor(at::arange(6, at::kByte).view({2, 3})));
  EXPECT_FALSE(sample.find("flip")->boolean());
  EXPECT_TRUE(sample.find("flip_direction")->is_none());
}

TEST(RandomFlip, ChoosesDirectionsWithTheirProbabilities) {
  using Direction = RandomFlip::Direction;
  const RandomFlip flip({.prob = OneOrMany<double>{0.1, 0.6}, .direction = {Direction::horizontal, Direction::vertical}});
  int horizontal = 0, vertical = 0;
  for (uint64_t i = 0; i < 10000; ++i) {
    const Sample sample = applied(flip, with_image(at::ones({1, 1}, at::kByte)), i);
    if (!sample.find("flip")->boolean()) continue;
    ++(sample.string("flip_direction") == "horizontal" ? horizontal : vertical);
  }
  EXPECT_NEAR(horizontal, 1000, 150);  // 5 standard errors
  EXPECT_NEAR(vertical, 6000, 245);
}

TEST(RandomFlip, RefusesProbabilitiesThatDoNotFit) {
  EXPECT_THAT([] { RandomFlip({.prob = 1.5}); }, ThrowsMessage<Error>("prob must be from 0 to 1, got 1.5"));
  EXPECT_THAT([] { RandomFlip({.prob = OneOrMany<double>{0.5, 0.5}}); }, ThrowsMessage<Error>("RandomFlip has 2 probabilities for 1 directions"));
  using Direction = RandomFlip::Direction;
  EXPECT_THAT([] { RandomFlip({.prob = OneOrMany<double>{0.7, 0.7}, .direction = {Direction::horizontal, Direction::vertical}}); },
              ThrowsMessage<Error>("the probabilities of RandomFlip add up to more than 1"));
}

// Computed with NumPy: float32(float64(float32(x) - m) * (1 / float64(s))).
TEST(Normalize, ComputesAsMMCVDoes) {
  const Normalize normalize({.mean = std::vector{123.675, 116.28, 103.53}, .std = std::vector{58.395, 57.12, 57.375}});
  const at::Tensor expected = at::tensor({0x1.4e9a9ep+0F, -0x1.e9c534p+0F, 0x1.51eb86p+1F}).view({1, 1, 3});
  for (const at::ScalarType dtype : {at::kByte, at::kFloat}) {
    const at::Tensor image = at::tensor({255, 7, 200}, at::kByte).view({1, 1, 3}).to(dtype);
    EXPECT_THAT(applied(normalize, with_image(image)).tensor("img"), SameTensor(expected));
  }
}

TEST(Normalize, RefusesImagesOfOtherChannels) {
  const Normalize normalize({.mean = std::vector{1.0}, .std = std::vector{2.0}, .to_rgb = false});
  EXPECT_THAT([&] { applied(normalize, with_image(at::ones({2, 2, 3}, at::kByte))); },
              ThrowsMessage<Error>("Normalize has 1 means, the image has 3 channels"));
  EXPECT_THAT([] { Normalize({.mean = std::vector{1.0}, .std = std::vector{0.0}}); }, ThrowsMessage<Error>("std must be above 0, got 0.0"));
}

TEST(Pad, ReachesASizeAMultipleOrASquare) {
  const auto shape = [](Pad::Options options) {
    const Sample sample = applied(Pad(options), with_image(at::ones({5, 3, 1}, at::kByte)));
    return sample.tensor("img").sizes().vec();
  };
  EXPECT_THAT(shape({.size = {{4, 6}}}), ElementsAre(6, 4, 1));
  EXPECT_THAT(shape({.size = {{2, 2}}}), ElementsAre(5, 3, 1));
  EXPECT_THAT(shape({.size_divisor = 4}), ElementsAre(8, 4, 1));
  EXPECT_THAT(shape({.pad_to_square = true}), ElementsAre(5, 5, 1));
  EXPECT_THAT(shape({.size_divisor = 4, .pad_to_square = true}), ElementsAre(8, 8, 1));
}

TEST(Pad, FillsImageAndMapWithTheirOwn) {
  Sample sample = with_image(at::ones({1, 1}, at::kByte));
  sample.set("gt_seg_map", at::ones({1, 1}, at::kByte));
  sample = applied(Pad({.size = {{2, 1}}, .pad_val = 9.0}), sample);
  EXPECT_THAT(sample.tensor("img"), SameTensor(at::tensor({1, 9}, at::kByte).view({1, 2})));
  EXPECT_THAT(sample.tensor("gt_seg_map"), SameTensor(at::tensor({1, 255}, at::kByte).view({1, 2})));
  EXPECT_TRUE(sample.find("img_shape")->equals(State::tuple({1, 2})));
}

TEST(Pad, NeedsOneWayToSayHowFar) {
  EXPECT_THROW(Pad({}), Error);
  EXPECT_THROW(Pad({.size = {{2, 2}}, .size_divisor = 2}), Error);
  EXPECT_THROW(Pad({.size = {{2, 2}}, .pad_to_square = true}), Error);
}

}  // namespace
}  // namespace millrace
