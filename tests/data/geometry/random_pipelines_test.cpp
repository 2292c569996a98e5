#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "millrace/data/geometry/annotations.h"
#include "millrace/data/geometry/geometric_transform.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/transforms/center_crop.h"
#include "millrace/data/transforms/pad.h"
#include "millrace/data/transforms/random_affine.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/data/transforms/random_rotate.h"
#include "millrace/data/transforms/resize.h"
#include "millrace/structures/masks.h"
#include "millrace/zoo/classification/transforms/random_crop.h"
#include "millrace/zoo/classification/transforms/random_resized_crop.h"
#include "millrace/zoo/classification/transforms/resize_edge.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using Step = std::shared_ptr<GeometricTransform>;

/// Whatever a pipeline may be and may be given, all of it drawn.
class RandomPipelines : public NeedsImaging {
 protected:
  void begin(uint64_t draw) { rng_ = Rng(11, Mode::train, draw); }

  bool chance(double probability) { return rng_.uniform() < probability; }
  int64_t number(int64_t least, int64_t most) { return rng_.integer(least, most); }
  template <class T>
  T one_of(const std::vector<T>& all) {
    return all[static_cast<size_t>(number(0, static_cast<int64_t>(all.size()) - 1))];
  }
  float place(int64_t size) { return static_cast<float>(rng_.uniform(-2, static_cast<double>(size) + 2)); }

  at::Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype, int64_t most = 255) {
    const at::Tensor places = at::arange(c10::multiply_integers(sizes));
    return (places * number(1, 1000) + number(0, 1000)).remainder(1009).remainder(most + 1).view(sizes).to(dtype);
  }

  at::Tensor boxes(int64_t n, int64_t height, int64_t width) {
    if (chance(0.2)) {
      at::Tensor rotated = at::empty({n, 5}, at::kDouble);
      for (int64_t i = 0; i < n; ++i)
        rotated.select(0, i).copy_(at::tensor({place(width), place(height), place(width), place(height), place(3)}));
      return rotated.abs();
    }
    at::Tensor boxes = at::empty({n, 4}, chance(0.5) ? at::kFloat : at::kDouble);
    for (int64_t i = 0; i < n; ++i) {
      const float x = place(width), y = place(height);
      boxes.select(0, i).copy_(at::tensor({x, y, x + place(width), y + place(height)}));
    }
    return boxes;
  }

  State masks(int64_t n, int64_t height, int64_t width) {
    const at::Tensor bitmaps = noise({n, height, width}, at::kByte, 1);
    if (chance(0.4)) return bitmaps;
    State list = State::list();
    const bool are_polygons = chance(0.5);
    for (int64_t i = 0; i < n; ++i)
      list.push_back(
          are_polygons
              ? PolygonMask(
                    {{{place(width), place(height)}, {place(width), place(height)}, {place(width), place(height)}}})
                    .to_state()
              : Rle::encode(bitmaps.select(0, i)).to_state());
    return list;
  }

  Sample sample() {
    const int64_t height = chance(0.15) ? 1 : number(1, 40), width = chance(0.15) ? 1 : number(1, 40);
    const int64_t channels = one_of<int64_t>({0, 1, 3, 3, 4}), n = one_of<int64_t>({0, 0, 1, 2, 8});
    is_byte_ = chance(0.8);
    const at::Tensor image = noise({height, width, std::max<int64_t>(channels, 1)}, is_byte_ ? at::kByte : at::kFloat);
    Sample sample;
    sample.set(keys::img, channels == 0 ? image.squeeze(2) : image);
    if (chance(0.7)) sample.set_rows(keys::gt_bboxes, boxes(n, height, width));
    if (chance(0.5)) sample.set_row_list(keys::gt_masks, masks(n, height, width));
    if (chance(0.5)) {
      const int64_t points = number(1, 3), columns = number(2, 3);
      at::Tensor keypoints = at::empty({n, points, columns});
      for (int64_t i = 0; i < n * points; ++i)
        keypoints.view({-1, columns}).select(0, i).narrow(0, 0, 2).copy_(at::tensor({place(width), place(height)}));
      if (columns == 3) keypoints.select(2, 2).fill_(2);
      else sample.set_rows(keys::gt_keypoints_visible, at::ones({n, points}));
      sample.set_rows(keys::gt_keypoints, keypoints);
    }
    sample.set_rows(keys::gt_bboxes_labels, noise({n}, at::kLong));
    sample.set_rows(keys::gt_ignore_flags, noise({n}, at::kBool, 1));
    sample.set_row_list("gt_instances.names"_key, State::list(State::List(static_cast<size_t>(n), State("name"))));
    if (chance(0.6)) {
      const bool is_smaller = chance(0.1);
      sample.set(keys::gt_seg_map, noise({is_smaller ? (height + 1) / 2 : height, width},
                                         one_of<at::ScalarType>({at::kByte, at::kLong}), 5));
    }
    if (chance(0.4)) sample.set(keys::gt_depth_map, noise({height, width}, at::kFloat));
    if (chance(0.4)) sample.set(keys::gt_flow_fw, noise({height, width, 2}, at::kFloat));
    return sample;
  }

  /// A way to resize, of a backend that has it.
  template <class Options>
  Options with_way(Options options) {
    using enum Interpolation;
    options.backend = is_byte_ && chance(0.3) ? ResizeBackend::pillow : ResizeBackend::cv2;
    options.interpolation = options.backend == ResizeBackend::pillow
                                ? one_of<Interpolation>({nearest, bilinear, bicubic, lanczos, box})
                                : one_of<Interpolation>({nearest, bilinear, bilinear, bicubic, area, lanczos});
    return options;
  }
  std::array<int64_t, 2> size() { return {number(1, 45), number(1, 45)}; }
  PaddingMode padding_mode() {
    using enum PaddingMode;
    return one_of<PaddingMode>({constant, constant, edge, reflect, symmetric});
  }
  double filling() { return static_cast<double>(one_of<int64_t>({0, 7, 255})); }

  Step step() {
    using classification::RandomCrop, classification::RandomResizedCrop, classification::ResizeEdge;
    using Direction = RandomFlip::Direction;
    switch (number(0, 9)) {
      case 0:
      case 1:
        return std::make_shared<RandomFlip>(RandomFlip::Options{
            .prob = 0.8,
            .direction = one_of<Direction>({Direction::horizontal, Direction::vertical, Direction::diagonal}),
            .swap_seg_labels = {{1, 2}, {255, 3}}});
      case 2:
        return std::make_shared<Resize>(with_way(Resize::Options{.scale = size(), .keep_ratio = chance(0.3)}));
      case 3:
        return std::make_shared<CenterCrop>(
            CenterCrop::Options{.crop_size = size(),
                                .auto_pad = chance(0.5),
                                .pad_cfg = {.pad_val = filling(), .padding_mode = padding_mode()}});
      case 4:
        return std::make_shared<Pad>(
            Pad::Options{.size_divisor = number(1, 30), .pad_val = filling(), .padding_mode = padding_mode()});
      case 5:
        return std::make_shared<RandomAffine>(RandomAffine::Options{
            .max_rotate_degree = 40, .border = {number(0, 3), number(0, 3)}, .border_val = filling()});
      case 6:
        return std::make_shared<RandomRotate>(
            RandomRotate::Options{.prob = 0.8, .degree = 180.0, .pad_val = filling(), .auto_bound = chance(0.5)});
      case 7:
        return std::make_shared<RandomCrop>(RandomCrop::Options{.crop_size = size(),
                                                                .padding = number(0, 12),
                                                                .pad_if_needed = chance(0.3),
                                                                .pad_val = filling(),
                                                                .padding_mode = padding_mode()});
      case 8:
        return std::make_shared<RandomResizedCrop>(with_way(RandomResizedCrop::Options{.scale = size()}));
      default:
        return std::make_shared<ResizeEdge>(with_way(ResizeEdge::Options{.scale = number(1, 45)}));
    }
  }

  Rng rng_{11, Mode::train, 0};
  bool is_byte_ = true;
};

/// What `change` makes of a sample; the first line of what it throws.
template <class Change>
std::pair<Sample, std::string> outcome_of(Sample sample, const Change& change) {
  try {
    change(sample);
  } catch (const Error& error) {
    const std::string text = error.what();
    return {Sample(), text.substr(0, text.find('\n'))};
  }
  return {std::move(sample), ""};
}

void expect_equal(const Sample& given, const Sample& expected) {
  ASSERT_EQ(given.fields().size(), expected.fields().size());
  for (size_t i = 0; i < expected.fields().size(); ++i) {
    const Sample::Field &field = given.fields()[i], &other = expected.fields()[i];
    ASSERT_EQ(field.key.name(), other.key.name());
    EXPECT_EQ(field.form, other.form) << field.key.name();
    EXPECT_TRUE(field.value.equals(other.value)) << field.key.name();
  }
}

TEST_F(RandomPipelines, ArePixelForPixelThoseOfStepByStep) {
  int done = 0, refused = 0;
  for (uint64_t draw = 0; draw < 900; ++draw) {
    begin(draw);
    const Sample sample = this->sample();
    std::vector<Step> steps(static_cast<size_t>(number(1, 5)));
    std::string names;
    for (Step& step : steps) {
      step = this->step();
      names += std::string(" ") + typeid(*step).name();
    }
    const Rng rng(1, Mode::train, draw);
    const auto [together, error] = outcome_of(sample, [&](Sample& own) {
      Pipeline(std::vector<Component<Transform>>(steps.begin(), steps.end())).apply(own, rng);
    });
    const auto [stepwise, other_error] = outcome_of(sample, [&](Sample& own) {
      for (size_t i = 0; i < steps.size(); ++i) {
        Rng drawn = rng.at(static_cast<uint32_t>(i));
        steps[i]->apply(own, drawn);
      }
    });
    SCOPED_TRACE(testing::Message() << "draw " << draw << names << " of " << sample.tensor(keys::img).sizes());
    EXPECT_EQ(error.empty(), other_error.empty()) << error << other_error;
    if (!error.empty()) {
      ++refused;
      continue;
    }
    ++done;
    expect_equal(together, stepwise);
    for (const Sample::Field& field : together.fields())
      if (instance_group(field)) {
        EXPECT_EQ(row_count(field.value), together.tensor(keys::gt_bboxes_labels).size(0)) << field.key.name();
      }
    if (HasFailure()) return;
  }
  EXPECT_GT(done, 700) << refused;
}

}  // namespace
}  // namespace millrace
