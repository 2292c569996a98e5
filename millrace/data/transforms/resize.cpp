#include "millrace/data/transforms/resize.h"

#include <algorithm>

#include "millrace/data/image_keys.h"
#include "millrace/data/imaging.h"

namespace millrace {

namespace {

const Key kKeepRatio("keep_ratio");

int64_t rounded_size(int64_t size, double factor) {
  return static_cast<int64_t>(static_cast<double>(size) * factor + 0.5);
}

void clip_columns_(const at::Tensor& points, int64_t column, int64_t limit) {
  points.select(-1, column).clamp_(0, limit);
}

}  // namespace

void scale_objects(Sample& sample, std::array<double, 2> factors, bool clip, int64_t width, int64_t height) {
  if (sample.has(keys::gt_bboxes)) {
    const at::Tensor boxes = sample.tensor(keys::gt_bboxes).clone();
    for (int64_t column = 0; column < 4; ++column) {
      boxes.select(-1, column).mul_(factors[static_cast<size_t>(column % 2)]);
      if (clip) clip_columns_(boxes, column, column % 2 == 0 ? width : height);
    }
    sample.set(keys::gt_bboxes, boxes);
  }
  if (sample.has(keys::gt_keypoints)) {
    const at::Tensor points = sample.tensor(keys::gt_keypoints).clone();
    for (int64_t column = 0; column < 2; ++column) {
      points.select(-1, column).mul_(factors[static_cast<size_t>(column)]);
      if (clip) clip_columns_(points, column, column == 0 ? width : height);
    }
    sample.set(keys::gt_keypoints, points);
  }
}

Resize::Resize(Options options) : options_(checked<Resize>(std::move(options))) {
  if (!options_.scale && !options_.scale_factor) throw Error("Resize needs scale or scale_factor");
  check_resize(options_.backend, options_.interpolation);
  if (options_.backend == ResizeBackend::cv2) (void)imaging();
}

std::array<int64_t, 2> Resize::target(int64_t width, int64_t height) const {
  if (options_.scale) {
    if (const auto* both = std::get_if<int64_t>(&*options_.scale)) return {*both, *both};
    return std::get<1>(*options_.scale);
  }
  std::array<double, 2> factors;
  if (const auto* both = std::get_if<double>(&*options_.scale_factor)) factors = {*both, *both};
  else factors = std::get<1>(*options_.scale_factor);
  return {rounded_size(width, factors[0]), rounded_size(height, factors[1])};
}

std::array<int64_t, 2> Resize::achieved(const at::Tensor& image, const std::array<int64_t, 2>& scale) const {
  if (!options_.keep_ratio) return scale;
  const auto [low, high] = std::minmax(scale[0], scale[1]);
  const int64_t height = image.size(0), width = image.size(1);
  const double factor = std::min(static_cast<double>(high) / static_cast<double>(std::max(height, width)),
                                 static_cast<double>(low) / static_cast<double>(std::min(height, width)));
  return {rounded_size(width, factor), rounded_size(height, factor)};
}

void Resize::apply(Sample& sample, Rng&) const {
  const at::Tensor image = sample.tensor(keys::img);
  if (image.dim() < 2 || image.numel() == 0) throw Error("Resize needs an image of the shape (H, W) or (H, W, C)");
  const std::array<int64_t, 2> scale = target(image.size(1), image.size(0));
  const auto [width, height] = achieved(image, scale);
  sample.set(keys::img, resized(image, height, width, options_.backend, options_.interpolation));
  const std::array<double, 2> factors = {static_cast<double>(width) / static_cast<double>(image.size(1)),
                                         static_cast<double>(height) / static_cast<double>(image.size(0))};
  sample.set(keys::scale, State::tuple({scale[0], scale[1]}));
  sample.set(keys::img_shape, State::tuple({height, width}));
  sample.set(keys::scale_factor, State::tuple({factors[0], factors[1]}));
  sample.set(kKeepRatio, options_.keep_ratio);
  scale_objects(sample, factors, options_.clip_object_border, width, height);
  if (!sample.has(keys::gt_seg_map)) return;
  const at::Tensor map = sample.tensor(keys::gt_seg_map);
  const auto [map_width, map_height] = achieved(map, scale);
  sample.set(keys::gt_seg_map, resized(map, map_height, map_width, options_.backend, Interpolation::nearest));
}

MILLRACE_REGISTER(Transform, Resize);

}  // namespace millrace
