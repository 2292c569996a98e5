#include "millrace/data/transforms/resize.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/image_keys.h"
#include "tests/data/golden_image.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;
using Size = std::array<int64_t, 2>;

std::vector<int64_t> size_after(Resize::Options options, int64_t height, int64_t width) {
  const Sample sample = applied(Resize(options), with_image(at::zeros({height, width, 3}, at::kByte)));
  return {sample.tensor(keys::img).size(0), sample.tensor(keys::img).size(1)};
}

using ResizeTest = NeedsImaging;

TEST_F(ResizeTest, ReachesTheSizeThatMMCVReaches) {
  EXPECT_THAT(size_after({.scale = int64_t{8}}, 10, 20), ElementsAre(8, 8));
  EXPECT_THAT(size_after({.scale = Size{30, 12}}, 10, 20), ElementsAre(12, 30));
  EXPECT_THAT(size_after({.scale_factor = 1.25}, 10, 21), ElementsAre(13, 26));  // 12.5 and 26.25, halves up
  EXPECT_THAT(size_after({.scale_factor = std::array<double, 2>{0.5, 2.0}}, 10, 20), ElementsAre(20, 10));
  EXPECT_THAT(size_after({.scale = Size{1333, 800}, .keep_ratio = true}, 48, 64), ElementsAre(800, 1067));
  EXPECT_THAT(size_after({.scale = Size{80, 133}, .keep_ratio = true}, 64, 48), ElementsAre(107, 80));
}

TEST_F(ResizeTest, TakesTheInterpolationAndBackendThatAreNamed) {
  const Sample sample = applied(
      Resize({.scale = Size{45, 17}, .backend = ResizeBackend::pillow, .interpolation = Interpolation::bicubic}),
      with_image(golden_array("image")));
  EXPECT_THAT(sample.tensor(keys::img), SameTensor(golden_array("pillow_bicubic_45x17")));
  EXPECT_TRUE(sample.find(keys::img_shape)->equals(State::tuple({17, 45})));
  EXPECT_TRUE(sample.find(keys::scale)->equals(State::tuple({45, 17})));
  EXPECT_TRUE(sample.find(keys::scale_factor)->equals(State::tuple({45.0 / 31, 17.0 / 23})));
}

TEST_F(ResizeTest, MovesWhatLiesOnTheImage) {
  Sample sample = with_image(at::zeros({10, 20, 3}, at::kByte));
  sample.set(keys::gt_bboxes, at::tensor({1.0F, 2.0F, 30.0F, 4.0F}).view({1, 4}));
  sample.set(keys::gt_keypoints, at::tensor({1.0F, 20.0F, 2.0F}).view({1, 1, 3}));
  sample.set(keys::gt_seg_map, at::tensor({1, 2, 3, 4}, at::kByte).view({2, 2}));
  const Sample before = sample;
  sample = applied(Resize({.scale = Size{40, 5}}), sample);
  EXPECT_THAT(sample.tensor(keys::gt_bboxes), SameTensor(at::tensor({2.0F, 1.0F, 40.0F, 2.0F}).view({1, 4})));
  EXPECT_THAT(sample.tensor(keys::gt_keypoints), SameTensor(at::tensor({2.0F, 5.0F, 2.0F}).view({1, 1, 3})));
  EXPECT_THAT(sample.tensor(keys::gt_seg_map).sizes(), ElementsAre(5, 40));
  EXPECT_EQ(sample.tensor(keys::gt_seg_map)[0][39].item<int64_t>(), 2);
  EXPECT_EQ(before.tensor(keys::gt_bboxes)[0][0].item<double>(), 1);
}

TEST_F(ResizeTest, NeedsASize) {
  EXPECT_THAT([] { Resize({}); }, ThrowsMessage<Error>("Resize needs scale or scale_factor"));
}

}  // namespace
}  // namespace millrace
