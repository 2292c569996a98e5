#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "millrace/data/geometry/annotations.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/transforms/center_crop.h"
#include "millrace/data/transforms/pad.h"
#include "millrace/data/transforms/random_affine.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/data/transforms/random_rotate.h"
#include "millrace/data/transforms/resize.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/instances.h"
#include "millrace/structures/masks.h"
#include "millrace/zoo/classification/transforms/random_crop.h"
#include "millrace/zoo/classification/transforms/random_resized_crop.h"
#include "millrace/zoo/classification/transforms/resize_edge.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using Size = std::array<int64_t, 2>;

struct GeometricCase {
  std::string name;
  std::function<std::shared_ptr<GeometricTransform>()> make;
  double off = 0.3;  // how far a mark may lie beside its keypoint, in pixels

  /// OpenCV takes the nearest pixel by its corner, not by its middle.
  GeometricCase by_corners() && {
    off = 1;
    return std::move(*this);
  }
};

void PrintTo(const GeometricCase& shown, std::ostream* out) { *out << shown.name; }

template <class T>
GeometricCase geometric_case(std::string name, typename T::Options options) {
  return {std::move(name), [options] { return std::make_shared<T>(options); }};
}

/// What must hold for every GeometricTransform.
class GeometricTransforms : public testing::TestWithParam<GeometricCase> {
 protected:
  void SetUp() override {
    if (!has_imaging()) GTEST_SKIP() << "this build has no imaging library";
    transform_ = GetParam().make();
  }
  Sample moved(const Sample& sample, uint64_t draw) const { return applied(*transform_, sample, draw); }
  PointMap points(const Sample& sample, uint64_t draw) const {
    Rng rng(0, Mode::train, draw);
    return transform_->plan(sample, rng).points();
  }

  std::shared_ptr<GeometricTransform> transform_;
};

/// Every GeometricTransform stands here, in all its ways. Fillings are 0 and paddings constant, so that what is brighter
/// than 0 is the image.
std::vector<GeometricCase> all_transforms() {
  using classification::RandomCrop, classification::RandomResizedCrop, classification::ResizeEdge;
  using Direction = RandomFlip::Direction;
  return {
      geometric_case<RandomFlip>("RandomFlip",
                                 {.prob = OneOrMany<double>{0.3, 0.3, 0.3},
                                  .direction = {Direction::horizontal, Direction::vertical, Direction::diagonal}}),
      geometric_case<Resize>("ResizeLarger", {.scale = Size{101, 67}}),
      geometric_case<Resize>("ResizeKeepingRatio", {.scale = Size{50, 80}, .keep_ratio = true}),
      geometric_case<Resize>("ResizeByTheNearest", {.scale = Size{40, 70}, .interpolation = Interpolation::nearest})
          .by_corners(),
      geometric_case<Resize>("ResizeOfPillow", {.scale = Size{45, 77}, .backend = ResizeBackend::pillow}),
      geometric_case<CenterCrop>("CenterCrop", {.crop_size = Size{41, 30}}),
      geometric_case<CenterCrop>("CenterCropPadded",
                                 {.crop_size = Size{70, 40}, .auto_pad = true, .pad_cfg = {.pad_val = 0.0}}),
      geometric_case<Pad>("Pad", {.size_divisor = 30}),
      geometric_case<RandomAffine>(
          "RandomAffine",
          {.max_rotate_degree = 30, .max_translate_ratio = 0.2, .max_shear_degree = 10, .border_val = 0.0}),
      geometric_case<RandomAffine>("RandomAffineSmaller", {.border = {-5, -3}, .border_val = 0.0}),
      geometric_case<RandomRotate>("RandomRotate", {.prob = 0.8, .degree = 90.0}),
      geometric_case<RandomRotate>("RandomRotateWhole", {.prob = 1, .degree = 180.0, .auto_bound = true}),
      geometric_case<RandomCrop>("RandomCrop", {.crop_size = Size{30, 40}, .padding = 6}),
      geometric_case<RandomCrop>("RandomCropLarger", {.crop_size = 70, .pad_if_needed = true}),
      geometric_case<RandomResizedCrop>("RandomResizedCrop", {.scale = Size{40, 52}}),
      geometric_case<ResizeEdge>("ResizeEdge", {.scale = 37}),
  };
}

std::string name_of_case(const testing::TestParamInfo<GeometricCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Data, GeometricTransforms, testing::ValuesIn(all_transforms()), name_of_case);

constexpr int64_t kHeight = 48, kWidth = 64;
constexpr uint64_t kDraws = 40;

struct Rectangle {
  int64_t left, top, right, bottom;
};

/// Rectangles that lie apart from each other and from the border.
const std::vector<Rectangle>& rectangles() {
  static const std::vector<Rectangle> all = {{6, 5, 20, 15},   {26, 4, 44, 12},  {50, 6, 58, 20},  {5, 22, 13, 42},
                                             {20, 24, 36, 30}, {42, 26, 58, 33}, {18, 36, 30, 44}, {38, 38, 54, 43}};
  return all;
}

at::Tensor bitmap_of(const Rectangle& r) {
  at::Tensor bitmap = at::zeros({kHeight, kWidth}, at::kByte);
  bitmap.narrow(0, r.top, r.bottom - r.top).narrow(1, r.left, r.right - r.left).fill_(1);
  return bitmap;
}

/// An image with some of the rectangles on it, each with all annotations that there are.
Sample sample_of(const std::vector<size_t>& chosen, MaskForm form = MaskForm::bitmaps) {
  const auto n = static_cast<int64_t>(chosen.size());
  at::Tensor image = at::full({kHeight, kWidth, 3}, 40, at::kByte), seg = at::zeros({kHeight, kWidth}, at::kByte);
  at::Tensor boxes = at::empty({n, 4}), points = at::empty({n, 1, 3}), labels = at::empty({n}, at::kLong);
  at::Tensor bitmaps = at::zeros({n, kHeight, kWidth}, at::kByte);
  State masks = State::list();
  for (int64_t i = 0; i < n; ++i) {
    const Rectangle& r = rectangles()[chosen[static_cast<size_t>(i)]];
    const at::Tensor bitmap = bitmap_of(r);
    image.index_put_({bitmap.to(at::kBool)}, at::tensor({200, 100, 220}, at::kByte));
    seg.masked_fill_(bitmap.to(at::kBool), static_cast<int64_t>(chosen[static_cast<size_t>(i)]) + 1);
    bitmaps.select(0, i).copy_(bitmap);
    const auto left = static_cast<float>(r.left), top = static_cast<float>(r.top), right = static_cast<float>(r.right),
               bottom = static_cast<float>(r.bottom);
    boxes.select(0, i).copy_(at::tensor({left, top, right, bottom}));
    points.select(0, i).copy_(at::tensor({(left + right) / 2, (top + bottom) / 2, 2.0F}).view({1, 3}));
    labels.select(0, i).fill_(static_cast<int64_t>(chosen[static_cast<size_t>(i)]));
    masks.push_back(form == MaskForm::run_lengths
                        ? Rle::encode(bitmap).to_state()
                        : PolygonMask({{{left, top}, {right, top}, {right, bottom}, {left, bottom}}}).to_state());
  }
  Sample sample = with_image(image);
  sample.set_rows(keys::gt_bboxes, boxes);
  sample.set_rows(keys::gt_bboxes_labels, labels);
  sample.set_rows(keys::gt_keypoints, points);
  sample.set_row_list(keys::gt_masks, form == MaskForm::bitmaps ? State(bitmaps) : masks);
  sample.set(keys::gt_seg_map, seg);
  return sample;
}

Sample all_on_it(MaskForm form = MaskForm::bitmaps) { return sample_of({0, 1, 2, 3, 4, 5, 6, 7}, form); }

/// x1, y1, x2, y2 around what is set; none if nothing is.
std::optional<std::array<double, 4>> extent(const at::Tensor& bitmap) {
  const auto [x, y, width, height] = Rle::encode(bitmap.to(at::kByte)).box();
  if (width == 0) return std::nullopt;
  return std::array<double, 4>{static_cast<double>(x), static_cast<double>(y), static_cast<double>(x + width),
                               static_cast<double>(y + height)};
}

std::array<double, 4> row_of(const at::Tensor& boxes, int64_t i) {
  const at::Tensor row = boxes.select(0, i).to(at::kDouble).contiguous();
  return {row.data_ptr<double>()[0], row.data_ptr<double>()[1], row.data_ptr<double>()[2], row.data_ptr<double>()[3]};
}

double area_factor(const PointMap& points) {
  const auto& m = points.matrix();
  return std::abs(m[0] * m[4] - m[1] * m[3]);
}

TEST_P(GeometricTransforms, PutAMarkedPixelAndItsKeypointTogether) {
  int compared = 0;
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const int64_t x = 8 + static_cast<int64_t>(draw * 7 % 48), y = 8 + static_cast<int64_t>(draw * 5 % 32);
    at::Tensor image = at::zeros({kHeight, kWidth, 1}, at::kByte);
    image.narrow(0, y - 1, 3).narrow(1, x - 1, 3).fill_(200);
    Sample sample = with_image(image);
    sample.set_rows(keys::gt_keypoints,
                    at::tensor({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F, 2.0F}).view({1, 1, 3}));
    const PointMap points = this->points(sample, draw);
    const Sample moved = this->moved(sample, draw);
    const at::Tensor weights = moved.tensor(keys::img).select(2, 0).to(at::kDouble);
    const double all = weights.sum().item<double>();
    if (all < 0.94 * 9 * 200 * area_factor(points)) continue;  // part of the mark is lost
    const at::Tensor middle_x = at::arange(weights.size(1), at::kDouble).add(0.5),
                     middle_y = at::arange(weights.size(0), at::kDouble).add(0.5).unsqueeze(1);
    ASSERT_EQ(moved.tensor(keys::gt_keypoints).size(0), 1);
    const at::Tensor point = moved.tensor(keys::gt_keypoints)[0][0];
    EXPECT_NEAR((weights * middle_x).sum().item<double>() / all, point[0].item<double>(), GetParam().off) << draw;
    EXPECT_NEAR((weights * middle_y).sum().item<double>() / all, point[1].item<double>(), GetParam().off) << draw;
    ++compared;
  }
  EXPECT_GT(compared, 5);
}

TEST_P(GeometricTransforms, MoveBoxesMasksAndMapsAlike) {
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const Sample bitmaps = moved(all_on_it(), draw);
    const Sample polygons = moved(all_on_it(MaskForm::polygons), draw);
    const Sample lengths = moved(all_on_it(MaskForm::run_lengths), draw);
    const PointMap points = this->points(all_on_it(), draw);
    const at::Tensor boxes = bitmaps.tensor(keys::gt_bboxes), labels = bitmaps.tensor(keys::gt_bboxes_labels);
    const at::Tensor masks = bitmaps.tensor(keys::gt_masks), seg = bitmaps.tensor(keys::gt_seg_map);
    EXPECT_THAT(polygons.tensor(keys::gt_bboxes), SameTensor(boxes));
    EXPECT_THAT(lengths.tensor(keys::gt_bboxes), SameTensor(boxes));
    ASSERT_EQ(masks.size(0), boxes.size(0));
    for (int64_t i = 0; i < boxes.size(0); ++i) {
      const at::Tensor mask = masks.select(0, i);
      const auto place = static_cast<size_t>(i);
      EXPECT_THAT(Rle::from(lengths.find(keys::gt_masks)->items()[place]).decode(), SameTensor(mask));
      EXPECT_THAT(mask.to(at::kBool), SameTensor(seg.eq(labels[i].item<int64_t>() + 1)));
      const auto box = row_of(boxes, i);
      const PolygonMask polygon = PolygonMask::from(polygons.find(keys::gt_masks)->items()[place]);
      const auto around = polygon.box();
      const auto pixels = extent(mask);
      for (size_t side = 0; side < 4; ++side) {
        const double outward = side < 2 ? -1 : 1;
        if (!polygon.polygons().empty()) {
          EXPECT_LE(outward * around[side], outward * box[side] + 1e-3);
          if (points.is_axis_aligned()) {
            EXPECT_NEAR(around[side], box[side], 1e-3);
          }
        }
        if (pixels) {
          EXPECT_LE(outward * (*pixels)[side], outward * box[side] + 1) << draw;
          if (points.is_axis_aligned()) {
            EXPECT_NEAR((*pixels)[side], box[side], 1) << draw;
          }
        }
      }
    }
  }
}

TEST_P(GeometricTransforms, ScaleAreasByTheirDeterminant) {
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const Sample sample = sample_of({4}, MaskForm::polygons);
    const PointMap points = this->points(sample, draw);
    const Sample moved = this->moved(sample, draw);
    const at::Tensor& image = moved.tensor(keys::img);
    const Rectangle& r = rectangles()[4];
    bool is_within = true;
    for (const Point corner : {Point{20, 24}, Point{36, 24}, Point{20, 30}, Point{36, 30}}) {
      const Point at = points(corner);
      is_within &= at.x >= 0 && at.y >= 0 && at.x <= static_cast<double>(image.size(1)) &&
                   at.y <= static_cast<double>(image.size(0));
    }
    if (!is_within) continue;
    const double area = static_cast<double>((r.right - r.left) * (r.bottom - r.top)) * area_factor(points);
    const PolygonMask polygon = PolygonMask::from(moved.find(keys::gt_masks)->items()[0]);
    EXPECT_NEAR(polygon.area(), area, 1e-3 * area);
    const double pixels = moved.tensor(keys::gt_seg_map).eq(5).sum().item<double>();
    EXPECT_NEAR(pixels, area, 2 * std::sqrt(area) + 4) << draw;
  }
}

TEST_P(GeometricTransforms, HaveInverses) {
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const Sample sample = all_on_it();
    const auto m = points(sample, draw).matrix();
    const double d = m[0] * m[4] - m[1] * m[3];
    ASSERT_NE(d, 0);
    const PointMap back(PointMap::Matrix{m[4] / d, -m[1] / d, (m[1] * m[5] - m[2] * m[4]) / d, -m[3] / d, m[0] / d,
                                         (m[2] * m[3] - m[0] * m[5]) / d, 0, 0, 1});
    const Sample moved = this->moved(sample, draw);
    for (int64_t i = 0; i < moved.tensor(keys::gt_keypoints).size(0); ++i) {
      const at::Tensor point = moved.tensor(keys::gt_keypoints)[i][0];
      if (point[2].item<double>() == 0) continue;
      const Rectangle& r = rectangles()[static_cast<size_t>(moved.tensor(keys::gt_bboxes_labels)[i].item<int64_t>())];
      const Point begin = back({point[0].item<double>(), point[1].item<double>()});
      EXPECT_NEAR(begin.x, static_cast<double>(r.left + r.right) / 2, 1e-3);
      EXPECT_NEAR(begin.y, static_cast<double>(r.top + r.bottom) / 2, 1e-3);
    }
  }
}

TEST_P(GeometricTransforms, DropInstancesFromAllColumnsAtOnce) {
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const Sample moved = this->moved(all_on_it(MaskForm::run_lengths), draw);
    const at::Tensor labels = moved.tensor(keys::gt_bboxes_labels);
    for (int64_t i = 0; i < labels.size(0); ++i) {
      // The same instance alone: all columns are its own.
      const Sample alone =
          this->moved(sample_of({static_cast<size_t>(labels[i].item<int64_t>())}, MaskForm::run_lengths), draw);
      for (const Key key : {keys::gt_bboxes, keys::gt_keypoints})
        EXPECT_THAT(moved.tensor(key)[i], SameTensor(alone.tensor(key)[0]));
      EXPECT_TRUE(
          moved.find(keys::gt_masks)->items()[static_cast<size_t>(i)].equals(alone.find(keys::gt_masks)->items()[0]));
    }
    for (const Sample::Field& field : moved.fields()) {
      if (!instance_group(field)) continue;
      EXPECT_EQ(row_count(field.value), labels.size(0)) << field.key.name();
    }
  }
}

TEST_P(GeometricTransforms, NeverWriteIntoWhatTheyAreGiven) {
  const Sample sample = all_on_it(), before = all_on_it();
  for (uint64_t draw = 0; draw < 5; ++draw) (void)moved(sample, draw);
  for (const Key key : {keys::img, keys::gt_bboxes, keys::gt_keypoints, keys::gt_masks, keys::gt_seg_map})
    EXPECT_THAT(sample.tensor(key), SameTensor(before.tensor(key)));
}

TEST_P(GeometricTransforms, GiveTheSameColumnsForAnyNumberOfInstances) {
  const std::vector<std::vector<size_t>> all_counts = {{0},    {1},    {2},    {8},         {0, 0},
                                                       {1, 1}, {2, 2}, {8, 0}, {0, 1, 2, 8}};
  for (const MaskForm form : {MaskForm::bitmaps, MaskForm::polygons, MaskForm::run_lengths}) {
    std::vector<std::pair<std::string, size_t>> forms;  // of the columns of the first batch
    for (const auto& counts : all_counts) {
      std::vector<Sample> samples;
      for (const size_t count : counts) {
        std::vector<size_t> chosen(count);
        for (size_t i = 0; i < count; ++i) chosen[i] = i;
        Sample sample = moved(sample_of(chosen, form), 0);
        pack_annotations(sample);
        samples.push_back(std::move(sample));
      }
      const Batch batch = Batch::from(samples);
      std::vector<std::pair<std::string, size_t>> own;
      for (const Batch::Entry& entry : batch.entries()) own.emplace_back(entry.key.name(), entry.column.index());
      if (forms.empty()) forms = own;
      EXPECT_EQ(own, forms);
      const Instances truth = batch.instances(keys::gt_instances);
      EXPECT_EQ(truth.images(), static_cast<int64_t>(counts.size()));
      EXPECT_EQ(truth.tensor("bboxes"_key).size(1), 4);
      EXPECT_EQ(truth.tensor("labels"_key).dim(), 1);
      EXPECT_EQ(truth.list("masks"_key).size(), counts.size());
      EXPECT_EQ(truth.tensor("keypoints"_key).dim(), 3);
    }
  }
}

TEST_P(GeometricTransforms, MoveRotatedBoxesWithTheirCorners) {
  const double cx = 28, cy = 27, width = 16, height = 6, angle = 0.4;
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    Sample sample = sample_of({4});
    sample.set_rows(keys::gt_bboxes, at::tensor({cx, cy, width, height, angle}).view({1, 5}));
    const PointMap points = this->points(sample, draw);
    const Sample moved = this->moved(sample, draw);
    if (moved.tensor(keys::gt_bboxes).size(0) == 0) continue;  // its middle is lost
    const double* const box = moved.tensor(keys::gt_bboxes).const_data_ptr<double>();
    const Point middle = points({cx, cy});
    EXPECT_NEAR(box[0], middle.x, 1e-6);
    EXPECT_NEAR(box[1], middle.y, 1e-6);
    EXPECT_GE(box[2] * box[3], width * height * area_factor(points) - 1e-6);
    EXPECT_GE(box[4], -std::numbers::pi / 2);
    EXPECT_LT(box[4], std::numbers::pi / 2);
    for (const auto& [u, v] : {std::pair(-1, -1), std::pair(1, -1), std::pair(1, 1), std::pair(-1, 1)}) {
      const double along = u * width / 2, across = v * height / 2;
      const Point corner = points({cx + along * std::cos(angle) - across * std::sin(angle),
                                   cy + along * std::sin(angle) + across * std::cos(angle)});
      const double x = corner.x - middle.x, y = corner.y - middle.y, c = std::cos(box[4]), s = std::sin(box[4]);
      EXPECT_LE(std::abs(c * x + s * y), box[2] / 2 + 1e-6) << draw;
      EXPECT_LE(std::abs(c * y - s * x), box[3] / 2 + 1e-6) << draw;
    }
  }
}

TEST_P(GeometricTransforms, MoveKeypointsOfEitherFormAlike) {
  Sample three = all_on_it(), two = all_on_it();
  const at::Tensor points = two.tensor(keys::gt_keypoints);
  two.set_rows(keys::gt_keypoints, points.narrow(2, 0, 2));
  two.set_rows(keys::gt_keypoints_visible, points.select(2, 2));
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const Sample moved = this->moved(two, draw);
    const at::Tensor expected = this->moved(three, draw).tensor(keys::gt_keypoints);
    EXPECT_THAT(moved.tensor(keys::gt_keypoints), SameTensor(expected.narrow(2, 0, 2).contiguous()));
    EXPECT_THAT(moved.tensor(keys::gt_keypoints_visible), SameTensor(expected.select(2, 2).contiguous()));
  }
}

TEST_P(GeometricTransforms, MoveDepthAsLabelsAndTurnFlowWithThePoints) {
  const at::Tensor labels =
      (at::arange(kHeight).unsqueeze(1) * 7 + at::arange(kWidth) * 3).remainder(21).add(1).to(at::kByte);
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    Sample sample = with_image(at::zeros({kHeight, kWidth, 1}, at::kByte));
    sample.set(keys::gt_seg_map, labels);
    sample.set(keys::gt_depth_map, labels.to(at::kFloat));
    sample.set(keys::gt_flow_fw, at::tensor({3.F, 1.F}).expand({kHeight, kWidth, 2}));
    const auto& m = points(sample, draw).matrix();
    const Sample moved = this->moved(sample, draw);
    const at::Tensor seg = moved.tensor(keys::gt_seg_map), is_image = seg.ne(255).to(at::kFloat);
    EXPECT_THAT(moved.tensor(keys::gt_depth_map), SameTensor(seg.to(at::kFloat) * is_image));
    const at::Tensor vector = at::tensor({static_cast<float>(3 * m[0] + m[1]), static_cast<float>(3 * m[3] + m[4])});
    EXPECT_THAT(moved.tensor(keys::gt_flow_fw), AllClose(is_image.unsqueeze(2) * vector, {.atol = 1e-4})) << draw;
  }
}

/// The pipeline's moves put together, against one transform after the other.
void expect_same_as_stepwise(const std::vector<std::shared_ptr<GeometricTransform>>& transforms, uint64_t draw,
                             MaskForm form) {
  std::vector<Component<Transform>> steps;
  for (const auto& transform : transforms) steps.emplace_back(transform);
  const Rng rng(0, Mode::train, draw);
  Sample together = all_on_it(form), stepwise = all_on_it(form);
  Pipeline(steps).apply(together, rng);
  for (size_t i = 0; i < transforms.size(); ++i) {
    Rng own = rng.at(static_cast<uint32_t>(i));
    transforms[i]->apply(stepwise, own);
  }
  ASSERT_EQ(together.fields().size(), stepwise.fields().size());
  for (const Sample::Field& field : stepwise.fields()) {
    ASSERT_TRUE(together.has(field.key)) << field.key.name();
    EXPECT_TRUE(together.find(field.key)->equals(field.value)) << field.key.name() << " of draw " << draw;
  }
}

TEST_P(GeometricTransforms, PutTogetherAreThoseOfStepByStep) {
  const auto flip =
      std::make_shared<RandomFlip>(RandomFlip::Options{.prob = 0.7, .direction = RandomFlip::Direction::diagonal});
  const auto crop = std::make_shared<CenterCrop>(CenterCrop::Options{.crop_size = std::array<int64_t, 2>{30, 26}});
  const auto pad = std::make_shared<Pad>(Pad::Options{.size_divisor = 32, .pad_val = 7.0});
  const auto resize = std::make_shared<Resize>(Resize::Options{.scale = std::array<int64_t, 2>{93, 75}});
  const auto smaller = std::make_shared<Resize>(
      Resize::Options{.scale = std::array<int64_t, 2>{37, 29}, .interpolation = Interpolation::bicubic});
  const std::shared_ptr<GeometricTransform> own = transform_;
  for (uint64_t draw = 0; draw < 8; ++draw)
    for (const MaskForm form : {MaskForm::bitmaps, MaskForm::polygons, MaskForm::run_lengths}) {
      expect_same_as_stepwise({own}, draw, form);
      expect_same_as_stepwise({resize, own, flip}, draw, form);
      expect_same_as_stepwise({own, crop, flip, pad}, draw, form);
      expect_same_as_stepwise({flip, own, pad, resize, crop}, draw, form);
      expect_same_as_stepwise({crop, own, smaller, flip, crop}, draw, form);
      expect_same_as_stepwise({resize, crop, own, own}, draw, form);
    }
}

}  // namespace
}  // namespace millrace
