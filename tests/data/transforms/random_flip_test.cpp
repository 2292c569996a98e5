#include "millrace/data/transforms/random_flip.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

TEST(RandomFlip, MirrorsWhatLiesOnTheImage) {
  Sample sample = with_image(at::arange(12, at::kByte).view({2, 3, 2}));
  sample.set("gt_bboxes"_key, at::tensor({0.F, 0.F, 1.F, 2.F}).view({1, 4}));
  sample.set("gt_keypoints"_key, at::tensor({0.5F, 1.5F, 2.F}).view({1, 1, 3}));
  sample.set("gt_seg_map"_key, at::tensor({1, 2, 3, 4, 5, 6}, at::kByte).view({2, 3}));
  const Sample before = sample;

  const Sample horizontal = applied(RandomFlip({.prob = 1.0, .swap_seg_labels = {{1, 2}, {6, 7}}}), sample);
  EXPECT_THAT(horizontal.tensor("img"_key), SameTensor(before.tensor("img"_key).flip({1})));
  EXPECT_THAT(horizontal.tensor("gt_bboxes"_key), SameTensor(at::tensor({2.F, 0.F, 3.F, 2.F}).view({1, 4})));
  EXPECT_THAT(horizontal.tensor("gt_keypoints"_key), SameTensor(at::tensor({2.5F, 1.5F, 2.F}).view({1, 1, 3})));
  EXPECT_THAT(horizontal.tensor("gt_seg_map"_key), SameTensor(at::tensor({3, 1, 2, 7, 5, 4}, at::kByte).view({2, 3})));
  EXPECT_EQ(horizontal.string("flip_direction"_key), "horizontal");

  const Sample diagonal = applied(RandomFlip({.prob = 1.0, .direction = RandomFlip::Direction::diagonal}), sample);
  EXPECT_THAT(diagonal.tensor("img"_key), SameTensor(before.tensor("img"_key).flip({0, 1})));
  EXPECT_THAT(diagonal.tensor("gt_bboxes"_key), SameTensor(at::tensor({2.F, 0.F, 3.F, 2.F}).view({1, 4})));
  EXPECT_THAT(diagonal.tensor("gt_keypoints"_key), SameTensor(at::tensor({2.5F, 0.5F, 2.F}).view({1, 1, 3})));

  EXPECT_THAT(sample.tensor("img"_key),
              SameTensor(at::arange(12, at::kByte).view({2, 3, 2})));  // the dataset's memory is untouched
  EXPECT_THAT(sample.tensor("gt_bboxes"_key), SameTensor(at::tensor({0.F, 0.F, 1.F, 2.F}).view({1, 4})));
}

TEST(RandomFlip, DoesNothingWithProbabilityZero) {
  const Sample sample = applied(RandomFlip({.prob = 0.0}), with_image(at::arange(6, at::kByte).view({2, 3})));
  EXPECT_THAT(sample.tensor("img"_key), SameTensor(at::arange(6, at::kByte).view({2, 3})));
  EXPECT_FALSE(sample.find("flip"_key)->boolean());
  EXPECT_TRUE(sample.find("flip_direction"_key)->is_none());
}

TEST(RandomFlip, ChoosesDirectionsWithTheirProbabilities) {
  using Direction = RandomFlip::Direction;
  const RandomFlip flip(
      {.prob = OneOrMany<double>{0.1, 0.6}, .direction = {Direction::horizontal, Direction::vertical}});
  int horizontal = 0, vertical = 0;
  for (uint64_t i = 0; i < 10000; ++i) {
    const Sample sample = applied(flip, with_image(at::ones({1, 1}, at::kByte)), i);
    if (!sample.find("flip"_key)->boolean()) continue;
    ++(sample.string("flip_direction"_key) == "horizontal" ? horizontal : vertical);
  }
  EXPECT_NEAR(horizontal, 1000, 150);  // 5 standard errors
  EXPECT_NEAR(vertical, 6000, 245);
}

TEST(RandomFlip, RefusesProbabilitiesThatDoNotFit) {
  EXPECT_THAT([] { RandomFlip({.prob = 1.5}); }, ThrowsMessage<Error>("prob must be from 0 to 1, got 1.5"));
  EXPECT_THAT(
      [] {
        RandomFlip({.prob = OneOrMany<double>{0.5, 0.5}});
      },
      ThrowsMessage<Error>("RandomFlip has 2 probabilities for 1 directions"));
  using Direction = RandomFlip::Direction;
  EXPECT_THAT(
      [] {
        RandomFlip({.prob = OneOrMany<double>{0.7, 0.7}, .direction = {Direction::horizontal, Direction::vertical}});
      },
      ThrowsMessage<Error>("the probabilities of RandomFlip add up to more than 1"));
}

}  // namespace
}  // namespace millrace
