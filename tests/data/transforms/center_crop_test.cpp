#include "millrace/data/transforms/center_crop.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/image_keys.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

at::Tensor numbered(int64_t height, int64_t width) {
  return at::arange(height * width, at::kByte).view({height, width, 1});
}

TEST(CenterCrop, RoundsAHalfToTheEvenPlace) {
  // (5 - 2) / 2 = 1.5 -> 2 and (7 - 6) / 2 = 0.5 -> 0, as Python rounds.
  const Sample sample = applied(CenterCrop({.crop_size = std::array<int64_t, 2>{6, 2}}), with_image(numbered(5, 7)));
  EXPECT_THAT(sample.tensor(keys::img), SameTensor(numbered(5, 7).narrow(0, 2, 2).narrow(1, 0, 6)));
  EXPECT_TRUE(sample.find(keys::img_shape)->equals(State::tuple({2, 6})));
}

TEST(CenterCrop, TakesWhatThereIsOrPads) {
  EXPECT_THAT(applied(CenterCrop({.crop_size = int64_t{4}}), with_image(numbered(2, 6))).tensor(keys::img),
              SameTensor(numbered(2, 6).narrow(1, 1, 4)));
  const Sample padded = applied(CenterCrop({.crop_size = int64_t{3}, .auto_pad = true, .pad_cfg = {.pad_val = 9.0}}),
                                with_image(numbered(2, 3)));
  EXPECT_THAT(padded.tensor(keys::img), SameTensor(at::tensor({0, 1, 2, 3, 4, 5, 9, 9, 9}, at::kByte).view({3, 3, 1})));
}

TEST(CenterCrop, MovesWhatLiesOnTheImage) {
  Sample sample = with_image(numbered(6, 8));
  sample.set(keys::gt_bboxes, at::tensor({0.0F, 0.0F, 4.0F, 6.0F}).view({1, 4}));
  sample.set(keys::gt_keypoints, at::tensor({3.0F, 2.0F, 2.0F, 7.0F, 2.0F, 2.0F}).view({1, 2, 3}));
  sample.set(keys::gt_seg_map, numbered(6, 8).squeeze(2));
  sample = applied(CenterCrop({.crop_size = int64_t{4}}), sample);  // from (2, 1)
  EXPECT_THAT(sample.tensor(keys::gt_bboxes), SameTensor(at::tensor({0.0F, 0.0F, 2.0F, 4.0F}).view({1, 4})));
  EXPECT_THAT(sample.tensor(keys::gt_keypoints),
              SameTensor(at::tensor({1.0F, 1.0F, 2.0F, 4.0F, 1.0F, 0.0F}).view({1, 2, 3})));
  EXPECT_EQ(sample.tensor(keys::gt_seg_map)[0][0].item<int64_t>(), 10);
}

TEST(CenterCrop, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { CenterCrop({.crop_size = int64_t{0}}); },
              ThrowsMessage<Error>("crop_size must be at least 1, got 0"));
  EXPECT_THAT([] { CenterCrop({.crop_size = int64_t{4}, .pad_cfg = {.type = "Resize"}}); },
              ThrowsMessage<Error>("pad_cfg of CenterCrop is a Pad, not Resize"));
  EXPECT_THAT(
      [] { applied(CenterCrop({.crop_size = int64_t{4}}), with_image(at::arange(4, at::kByte))); },
      ThrowsMessage<Error>("an image has the shape (H, W) or (H, W, C), and pixels; this one has 1 dimensions and 4"));
}

}  // namespace
}  // namespace millrace
