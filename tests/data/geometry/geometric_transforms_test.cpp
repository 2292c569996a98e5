#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "millrace/data/geometry/annotations.h"
#include "millrace/data/geometry/sample_mover.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/transforms/pad.h"
#include "millrace/data/transforms/random_affine.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/data/transforms/random_rotate.h"
#include "millrace/structures/instances.h"
#include "tests/data/golden_image.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using RandomRotateTest = NeedsImaging;
using RandomAffineTest = NeedsImaging;
using WarpTest = NeedsImaging;
using FlowTest = NeedsImaging;

Sample turned(RandomRotate::Options options, Sample sample) {
  return applied(RandomRotate(options), std::move(sample));
}

TEST_F(RandomRotateTest, IsImrotateOfMMCV) {
  const auto by = [](double degrees) { return std::array<double, 2>{degrees, degrees}; };
  Sample sample = with_image(golden_array("image"));
  sample.set(keys::gt_seg_map, golden_array("image").select(2, 0).contiguous());
  const Sample plain = turned({.prob = 1, .degree = by(25), .pad_val = 9.0}, sample);
  EXPECT_THAT(plain.tensor(keys::img), SameTensor(golden_array("rotated_25")));
  EXPECT_THAT(plain.tensor(keys::gt_seg_map), SameTensor(golden_array("rotated_25_labels")));
  EXPECT_THAT(turned({.prob = 1, .degree = by(25), .center = {{4, 7}}}, sample).tensor(keys::img),
              SameTensor(golden_array("rotated_25_center")));
  const Sample whole = turned({.prob = 1, .degree = by(-100), .auto_bound = true}, sample);
  EXPECT_THAT(whole.tensor(keys::img), SameTensor(golden_array("rotated_-100_bound")));
  EXPECT_THAT(whole.tensor(keys::gt_seg_map), SameTensor(golden_array("rotated_-100_bound_labels")));
  EXPECT_THAT(turned({.prob = 0, .degree = by(25)}, sample).tensor(keys::img), SameTensor(golden_array("image")));
}

TEST_F(RandomRotateTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { RandomRotate({.prob = 1, .degree = -3.0}); },
              ThrowsMessage<Error>("degree of RandomRotate must be above 0, or (least, largest)"));
  EXPECT_THAT(
      [] {
        RandomRotate({.prob = 1, .degree = 3.0, .center = {{1, 1}}, .auto_bound = true});
      },
      ThrowsMessage<Error>("RandomRotate takes center or auto_bound, not both"));
}

// What NumPy and mmdet's formula (shift · shear · rotation · scale, corners, clip) make of these boxes with the factor
// 0.5 alone: half of each number.
TEST_F(RandomAffineTest, ScalesBoxesAroundTheCorner) {
  Sample sample = with_image(at::zeros({20, 40, 3}, at::kByte));
  sample.set_rows(keys::gt_bboxes, at::tensor({4.F, 6.F, 30.F, 18.F}).view({1, 4}));
  const RandomAffine half({.max_rotate_degree = 0,
                           .max_translate_ratio = 0,
                           .scaling_ratio_range = {0.5, 0.5},
                           .max_shear_degree = 0,
                           .border_val = {1, 2, 3}});
  const Sample moved = applied(half, sample);
  EXPECT_THAT(moved.tensor(keys::gt_bboxes), AllClose(at::tensor({2.F, 3.F, 15.F, 9.F}).view({1, 4}), {.atol = 1e-5}));
  EXPECT_THAT(moved.tensor(keys::img)[0][0], SameTensor(at::zeros({3}, at::kByte)));
  EXPECT_THAT(moved.tensor(keys::img)[19][39], SameTensor(at::tensor({1, 2, 3}, at::kByte)));
}

// By NumPy, from the six numbers that are drawn here (0.3497, 0.1292, 0.1767, 0.3818, 0.5241, 0.4299 of their ranges):
// shift @ shear @ rotation @ scale, the corners of each box, their smallest box, clipped.
TEST_F(RandomAffineTest, MovesBoxesAsMmdetDoes) {
  Sample sample = with_image(at::zeros({40, 60, 3}, at::kByte));
  sample.set_rows(keys::gt_bboxes, at::tensor({5.F, 6.F, 20.F, 30.F, 30.F, 10.F, 58.F, 38.F}).view({2, 4}));
  const Sample moved = applied(RandomAffine(), sample, 5);
  EXPECT_THAT(
      moved.tensor(keys::gt_bboxes),
      AllClose(at::tensor({3.547515F, 2.443683F, 13.435846F, 18.090935F, 19.350723F, 3.504882F, 37.492847F, 22.161000F})
                   .view({2, 4}),
               {.atol = 1e-5}));
}

TEST_F(RandomAffineTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(
      [] {
        RandomAffine({.scaling_ratio_range = {2, 1}});
      },
      ThrowsMessage<Error>("scaling_ratio_range begins above its end: (2, 1)"));
  EXPECT_THAT(
      [] {
        applied(RandomAffine({.border = {-20, 0}}), with_image(at::zeros({20, 40, 3}, at::kByte)));
      },
      ThrowsMessage<Error>("the border (-20, 0) of RandomAffine leaves nothing of an image of 40x20"));
}

/// A transform that is `plan` alone, for a test: what docs/data.md shows.
class Move final : public GeometricTransform {
 public:
  explicit Move(ImageMove move) : move_(std::move(move)) {}
  ImageMove plan(const Sample&, Rng&) const override { return move_; }

 private:
  ImageMove move_;
};

at::Tensor rotated_after(const ImageMove& move, double cx, double cy, double w, double h, double angle) {
  Sample sample = with_image(at::zeros({40, 60, 1}, at::kByte));
  sample.set_rows(keys::gt_bboxes, at::tensor({cx, cy, w, h, angle}).view({1, 5}));
  return applied(Move(move), sample).tensor(keys::gt_bboxes)[0];
}

TEST(RotatedBoxes, FollowExactMovesExactly) {
  const ImageMove mirror{.map = AxisMaps{AxisMap(40), AxisMap(60).mirrored()}};
  EXPECT_THAT(rotated_after(mirror, 10, 20, 8, 4, 0.3),
              AllClose(at::tensor({50.0, 20.0, 8.0, 4.0, -0.3}), {.atol = 1e-12}));
  const ImageMove half{.map =
                           Resampling{.from = {0, 0, 40, 60}, .to = {20, 30}, .interpolation = Interpolation::nearest}};
  EXPECT_THAT(rotated_after(half, 10, 20, 8, 4, 0.3),
              AllClose(at::tensor({5.0, 10.0, 4.0, 2.0, 0.3}), {.atol = 1e-12}));
}

TEST(RotatedBoxes, TurnWithTheImage) {
  const double c = std::cos(0.5), s = std::sin(0.5);
  const ImageMove turn{
      .map = Warp{.matrix = {c, -s, 0, s, c, 0, 0, 0, 1}, .to = {40, 60}, .interpolation = Interpolation::nearest}};
  EXPECT_THAT(rotated_after(turn, 10, 20, 8, 4, 0.3),
              AllClose(at::tensor({c * 10 - s * 20, s * 10 + c * 20, 8.0, 4.0, 0.8}), {.atol = 1e-9}));
  EXPECT_THAT(rotated_after(turn, 10, 20, 8, 4, 1.3)[4].item<double>(),
              testing::DoubleNear(1.8 - std::numbers::pi, 1e-9));
}

// A square that is sheared by 1 along x has the corners (0, 0), (2, 0), (4, 2), (2, 2); the smallest rectangle lies
// along the side of length sqrt(8): by hand, sqrt(8) + sqrt(2) by sqrt(2), or 4 by 2 along the other, 6 against 8.
TEST(RotatedBoxes, ThatAreShearedBecomeTheSmallestAroundTheirCorners) {
  const ImageMove shear{
      .map = Warp{.matrix = {1, 1, 0, 0, 1, 0, 0, 0, 1}, .to = {40, 60}, .interpolation = Interpolation::nearest}};
  const at::Tensor box = rotated_after(shear, 1, 1, 2, 2, 0);
  EXPECT_NEAR(box[0].item<double>(), 2, 1e-9);
  EXPECT_NEAR(box[1].item<double>(), 1, 1e-9);
  EXPECT_NEAR(box[2].item<double>() * box[3].item<double>(), 6, 1e-9);
  EXPECT_NEAR(std::max(box[2].item<double>(), box[3].item<double>()), std::sqrt(8) + std::sqrt(2), 1e-9);
}

TEST_F(FlowTest, ChangesItsVectorsWithTheImage) {
  Sample sample = with_image(at::zeros({2, 4, 1}, at::kByte));
  sample.set(keys::gt_flow_fw, at::tensor({3.F, 1.F}).expand({2, 4, 2}));
  sample.set(keys::gt_depth_map, at::arange(8, at::kFloat).view({2, 4}));
  const ImageMove mirror{.map = AxisMaps{AxisMap(2), AxisMap(4).mirrored().padded(1, 0, PaddingMode::constant)}};
  const Sample moved = applied(Move(mirror), sample);
  EXPECT_THAT(moved.tensor(keys::gt_flow_fw)[0][1], SameTensor(at::tensor({-3.F, 1.F})));
  EXPECT_THAT(moved.tensor(keys::gt_flow_fw)[0][0], SameTensor(at::tensor({0.F, 0.F})));
  EXPECT_THAT(moved.tensor(keys::gt_depth_map)[1], SameTensor(at::tensor({0.F, 7.F, 6.F, 5.F, 4.F})));
  const ImageMove larger{.map = Resampling{.from = {0, 0, 2, 4}, .to = {6, 8}}};
  EXPECT_THAT(applied(Move(larger), sample).tensor(keys::gt_flow_fw)[3][3], SameTensor(at::tensor({6.F, 3.F})));
  const ImageMove turn{.map = Warp{.matrix = {0, -1, 2, 1, 0, 0, 0, 0, 1}, .to = {4, 2}}};  // by 90 degrees
  EXPECT_THAT(applied(Move(turn), sample).tensor(keys::gt_flow_fw)[2][1],
              AllClose(at::tensor({-1.F, 3.F}), {.atol = 1e-5}));
}

// Points of a projective map by hand: (x, y) -> (x, y) / (1 + x / 10).
TEST_F(WarpTest, MayBeProjective) {
  Sample sample = with_image(at::zeros({20, 20, 1}, at::kByte));
  sample.set_rows(keys::gt_bboxes, at::tensor({0.0, 5.0, 10.0, 15.0}).view({1, 4}));
  sample.set_rows(keys::gt_keypoints, at::tensor({10.0, 6.0, 1.0}).view({1, 1, 3}));
  sample.set(keys::gt_seg_map, at::arange(20, at::kLong).expand({20, 20}));
  const ImageMove move{.map = Warp{.matrix = {1, 0, 0, 0, 1, 0, 0.1, 0, 1}, .to = {20, 20}}};
  const Sample moved = applied(Move(move), sample);
  EXPECT_THAT(moved.tensor(keys::gt_keypoints)[0][0], AllClose(at::tensor({5.0, 3.0, 1.0}), {.atol = 1e-9}));
  EXPECT_THAT(moved.tensor(keys::gt_bboxes)[0], AllClose(at::tensor({0.0, 2.5, 5.0, 15.0}), {.atol = 1e-9}));
  EXPECT_EQ(moved.tensor(keys::gt_seg_map)[0][4].item<int64_t>(), 8);  // 4.5 = x / (1 + x / 10) for x = 8.18
}

TEST_F(WarpTest, NeedsAnInverse) {
  const ImageMove flat{.map = Warp{.matrix = {1, 0, 0, 2, 0, 0, 0, 0, 1}, .to = {4, 4}}};
  EXPECT_THAT(
      [&] {
        applied(Move(flat), with_image(at::zeros({4, 4, 1}, at::kByte)));
      },
      ThrowsMessage<Error>("a warp needs a matrix that has an inverse"));
}

TEST(SampleMover, HidesPixelsThatArePending) {
  Sample sample = with_image(at::zeros({4, 6, 3}, at::kByte));
  sample.set(keys::gt_seg_map, at::zeros({4, 6}, at::kByte));
  SampleMover mover(sample);
  mover.add({.map = AxisMaps{AxisMap(4).window(1, 2), AxisMap(6)}});
  mover.hide_pixels();
  EXPECT_EQ(image_size(sample), (ImageSize{2, 6}));
  EXPECT_TRUE(sample.tensor(keys::img).is_meta());
  EXPECT_THAT([&] { sample.tensor(keys::gt_seg_map); },
              ThrowsMessage<Error>("'gt_seg_map' is of kind None, not tensor"));
  mover.finish();
  EXPECT_THAT(sample.tensor(keys::img).sizes(), ElementsAre(2, 6, 3));
  EXPECT_THAT(sample.tensor(keys::gt_seg_map).sizes(), ElementsAre(2, 6));
}

/// Cuts off the rows above the first that is not black.
class CutBlackRows final : public GeometricTransform {
 public:
  ImageMove plan(const Sample& sample, Rng&) const override {
    const at::Tensor& image = sample.tensor(keys::img);
    int64_t top = 0;
    while (top + 1 < image.size(0) && !image.select(0, top).any().item<bool>()) ++top;
    return {.map = AxisMaps{AxisMap(image.size(0)).window(top, image.size(0) - top), AxisMap(image.size(1))}};
  }
  bool looks_at_pixels() const override { return true; }
};

TEST(SampleMover, RefusesSizesThatNoImageHas) {
  for (const ImageSize& size : {ImageSize{0, 4}, ImageSize{1 << 20, 1 << 20}})
    EXPECT_THAT(
        [&] {
          applied(Move({.map = Resampling{.from = {0, 0, 4, 6}, .to = size}}), with_image(at::zeros({4, 6})));
        },
        ThrowsMessage<Error>(HasSubstr("an image can't get the size")));
}

TEST(SampleMover, RefusesMovesOfAnotherImage) {
  const auto moved_by = [](const ImageMove& move) {
    return [move] { applied(Move(move), with_image(at::zeros({4, 6}))); };
  };
  EXPECT_THAT(moved_by({.map = AxisMaps{AxisMap(6), AxisMap(4)}}),
              ThrowsMessage<Error>("a move of an image of 4x6 meets one of 6x4"));
  EXPECT_THAT(moved_by({.map = Resampling{.from = {1, 0, 4, 6}, .to = {4, 6}}}),
              ThrowsMessage<Error>("a window of 6x4 at (0, 1) is not within an image of 6x4"));
  EXPECT_THAT(moved_by({.map = Resampling{.from = {0, 0, 0, 6}, .to = {4, 6}}}),
              ThrowsMessage<Error>("a window of 6x0 at (0, 0) is not within an image of 6x4"));
}

TEST(Pipeline, ShowsPixelsToAPlanThatLooksAtThem) {
  at::Tensor image = at::zeros({4, 3, 1}, at::kByte);
  image.select(0, 1).fill_(9);
  Sample sample = with_image(image);
  Pipeline(
      {std::make_shared<RandomFlip>(RandomFlip::Options{.prob = 1.0, .direction = RandomFlip::Direction::vertical}),
       std::make_shared<CutBlackRows>()})
      .apply(sample, Rng(0, Mode::train, 0));
  EXPECT_EQ(sample.tensor(keys::img).size(0), 2);
  EXPECT_EQ(sample.tensor(keys::img)[0][0][0].item<int64_t>(), 9);
}

TEST(Pipeline, NamesTheTransformWhoseFillingDoesNotFit) {
  const Pipeline pipeline({std::make_shared<Pad>(Pad::Options{.size_divisor = 4, .pad_val = Pad::Values{{1, 2}}}),
                           std::make_shared<RandomFlip>(RandomFlip::Options{.prob = 1.0})});
  Sample sample = with_image(at::zeros({3, 3, 3}, at::kByte));
  EXPECT_THAT([&] { pipeline.apply(sample, Rng(0, Mode::train, 0)); },
              ThrowsMessage<Error>("2 numbers to fill in, for an image of 3 channels\n"
                                   "  in Pad, at index 0 of the pipeline"));
}

TEST(Pipeline, LeavesAnnotationsAloneThatAreNone) {
  Sample sample = with_image(at::zeros({4, 6, 3}, at::kByte));
  sample.set(keys::gt_bboxes, State());
  sample.set_rows(keys::gt_keypoints, at::tensor({1.F, 1.F, 2.F, 5.F, 3.F, 2.F}).view({2, 1, 3}));
  const ImageMove left{.map = AxisMaps{AxisMap(4), AxisMap(6).window(0, 3)},
                       .border = {.hide_points = true, .drop_instances = true}};
  const Sample moved = applied(Move(left), sample);
  EXPECT_TRUE(moved.find(keys::gt_bboxes)->is_none());
  EXPECT_EQ(moved.tensor(keys::gt_keypoints).size(0), 1);
}

// The transform that docs/data.md shows, which the build takes from there.
TEST(RandomShift, OfTheManualMovesAllWithPlanAlone) {
  Value config = Value::dict();
  config.as_dict().set("type", "RandomShift");
  config.as_dict().set("most", 5);
  const auto shift = Transform::Registry::build(config, "");
  Sample sample = with_image(at::arange(12, at::kByte).view({2, 6}));
  sample.set(keys::gt_seg_map, at::arange(12, at::kByte).view({2, 6}));
  sample.set_rows(keys::gt_bboxes, at::tensor({0.F, 0.F, 1.F, 2.F}).view({1, 4}));
  const Sample moved = applied(*shift, sample, 3);
  const auto x = moved.tensor(keys::gt_bboxes)[0][0].item<int64_t>();
  ASSERT_GT(x, 0);
  EXPECT_EQ(moved.tensor(keys::img)[0][x].item<int64_t>(), 0);
  EXPECT_EQ(moved.tensor(keys::img)[1][x].item<int64_t>(), 6);
  EXPECT_EQ(moved.tensor(keys::gt_seg_map)[1][0].item<int64_t>(), 255);
}

TEST(Annotations, OfAnotherKindAreMovedByAllOnceTheyAreAdded) {
  static const bool is_added =
      add_annotation({Key("gt_corners"), Key("gt_corners.points"), Annotation::Per::instance, &movers::keypoints()});
  ASSERT_TRUE(is_added);
  Sample sample = with_image(at::zeros({4, 6, 3}, at::kByte));
  sample.set_rows("gt_corners"_key, at::tensor({1.F, 1.F, 2.F}).view({1, 1, 3}));
  EXPECT_EQ(applied(RandomFlip({.prob = 1.0}), sample).tensor("gt_corners"_key)[0][0][0].item<double>(), 5);
  EXPECT_THAT(
      [] {
        add_annotation({Key("gt_corners"), Key("x.y")});
      },
      ThrowsMessage<Error>("the table of annotations has 'gt_corners' already"));
}

TEST(Annotations, ArePackedIntoGroups) {
  Sample sample;
  sample.set(keys::gt_bboxes, at::arange(12, at::kFloat).view({3, 4}));
  sample.set(keys::gt_bboxes_labels, at::tensor({5, 6, 7}, at::kLong));
  sample.set(keys::gt_ignore_flags, at::tensor({0, 1, 0}).to(at::kBool));
  sample.set(keys::gt_seg_map, at::zeros({4, 6}, at::kByte));
  sample.set("img_path"_key, "a.png");
  pack_annotations(sample);
  EXPECT_THAT(sample.instances(keys::gt_instances).tensor("labels"_key), SameTensor(at::tensor({5, 7}, at::kLong)));
  EXPECT_THAT(sample.instances(keys::ignored_instances).tensor("bboxes"_key)[0],
              SameTensor(at::tensor({4.F, 5.F, 6.F, 7.F})));
  EXPECT_THAT(sample.tensor("gt_sem_seg.sem_seg"_key).sizes(), ElementsAre(1, 4, 6));
  EXPECT_FALSE(sample.has("gt_instances.ignore_flags"_key));
  EXPECT_EQ(sample.string("img_path"_key), "a.png");
}

TEST(Annotations, OfAWrongShapeAreNamed) {
  Sample sample = with_image(at::zeros({4, 6, 3}, at::kByte));
  const auto moved_with = [&](Key key, const at::Tensor& value) {
    Sample own = sample;
    own.set(key, value);
    return [own] { applied(RandomFlip({.prob = 1.0}), own); };
  };
  EXPECT_THAT(moved_with(keys::gt_bboxes, at::zeros({2, 3})),
              ThrowsMessage<Error>(
                  "boxes are (N, 4), or rotated (N, 5), of float32 or float64 on the CPU, not (2, 3) of Float"));
  EXPECT_THAT(moved_with(keys::gt_keypoints, at::zeros({2, 3})),
              ThrowsMessage<Error>(
                  "keypoints are (N, K, 3) or (N, K, 2) of float32 or float64 on the CPU, not (2, 3) of Float"));
  EXPECT_THAT(moved_with(keys::gt_masks, at::zeros({2, 3})),
              ThrowsMessage<Error>("bitmaps of instances are (N, H, W) of bool or uint8, on the CPU"));
  EXPECT_THAT(moved_with(keys::gt_seg_map, at::zeros({3, 3}, at::kByte)),
              ThrowsMessage<Error>("a map or a mask of 3x3 does not fit an image of 6x4"));
  EXPECT_THAT(moved_with(keys::gt_depth_map, at::zeros({4, 6, 1, 1})),
              ThrowsMessage<Error>("an image has the shape (H, W) or (H, W, C), on the CPU, not (4, 6, 1, 1) on cpu"));
  EXPECT_THAT(moved_with(keys::gt_flow_fw, at::zeros({4, 6})),
              ThrowsMessage<Error>("optical flow is (H, W, 2) float32"));
}

}  // namespace
}  // namespace millrace
