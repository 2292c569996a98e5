#include "millrace/structures/pixel_data.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/structures/label_data.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

TEST(PixelData, IsAViewOfTheFieldsOfAGroup) {
  Sample sample;
  sample.set("gt_sem_seg.sem_seg"_key, at::arange(12).view({3, 4}));
  sample.set("gt_sem_seg.edges"_key, at::zeros({2, 3, 4}));
  const PixelData data = PixelData::of(sample, "gt_sem_seg"_key);
  EXPECT_EQ(data.height(), 3);
  EXPECT_EQ(data.width(), 4);
  EXPECT_THAT(data.window(1, 2, 2, 2).map("sem_seg"_key),
              SameTensor(at::tensor({6, 7, 10, 11}, at::kLong).view({1, 2, 2})));
  Sample other;
  data.window(0, 0, 1, 1).write(other, "pred_sem_seg"_key);
  EXPECT_THAT(other.tensor("pred_sem_seg.edges"_key).sizes(), ElementsAre(2, 1, 1));
}

TEST(PixelData, IsSlicedAsInPython) {
  PixelData data;
  data.set("a"_key, at::arange(12).view({3, 4}));
  // What MMEngine's PixelData gives for the same places.
  EXPECT_THAT(data.slice(-1, 2).map("a"_key), SameTensor(at::tensor({10}, at::kLong).view({1, 1, 1})));
  EXPECT_THAT(data.slice({-2, {}}, {0, 3, 2}).map("a"_key),
              SameTensor(at::tensor({4, 6, 8, 10}, at::kLong).view({1, 2, 2})));
  EXPECT_THAT(data.slice({1, 1}, 0).map("a"_key).sizes(), ElementsAre(1, 0, 1));
  EXPECT_THAT([&] { data.slice(3, 0); }, ThrowsMessage<Error>("there is no place 3 among 3"));
  EXPECT_EQ(data.converted(as_dtype(at::kHalf)).map("a"_key).scalar_type(), at::kHalf);
}

TEST(PixelData, RefusesMapsOfAnotherSize) {
  PixelData data;
  data.set("a"_key, at::zeros({1, 3, 4}));
  EXPECT_THAT(
      [&] {
        data.set("b"_key, at::zeros({4, 3}));
      },
      ThrowsMessage<Error>("the map 'b' is 3x4, those beside it are 4x3"));
  EXPECT_THAT([&] { data.set("b"_key, at::zeros({4})); },
              ThrowsMessage<Error>("the map 'b' is (C, H, W) or (H, W), not of 1 dimensions"));
  EXPECT_THAT([&] { data.map("b"_key); }, ThrowsMessage<Error>("there is no map 'b'; there is: a"));
  EXPECT_THAT([&] { data.window(1, 0, 3, 1); },
              ThrowsMessage<Error>("a window of 1x3 at (0, 1) is not within maps of 4x3"));
  EXPECT_THAT([&] { PixelData::of(Sample(), "x"_key); }, ThrowsMessage<Error>("the sample has no maps 'x'"));
}

TEST(LabelData, TurnsLabelsIntoOnesAndBack) {
  const at::Tensor onehot = label_to_onehot(at::tensor({3, 1}, at::kLong), 5);
  EXPECT_THAT(onehot, SameTensor(at::tensor({0, 1, 0, 1, 0}, at::kLong)));
  EXPECT_THAT(onehot_to_label(onehot), SameTensor(at::tensor({1, 3}, at::kLong)));
  EXPECT_THAT([] { label_to_onehot(at::tensor({5}, at::kLong), 5); },
              ThrowsMessage<Error>("labels from 5 to 5 for 5 classes"));
  EXPECT_THAT(
      [] {
        onehot_to_label(at::tensor({0, 2}, at::kLong));
      },
      ThrowsMessage<Error>("a one-hot label may contain only 0 and 1"));
}

}  // namespace
}  // namespace millrace
