#include "millrace/data/transforms/center_crop.h"

#include <algorithm>
#include <cmath>

#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

/// A window of an image, in pixels.
struct Window {
  int64_t left, top, width, height;
};

at::Tensor cut(const at::Tensor& image, const Window& window) {
  return image.narrow(0, window.top, window.height).narrow(1, window.left, window.width);
}

void move_boxes(Sample& sample, const Window& window, bool clip) {
  const at::Tensor boxes = sample.tensor(keys::gt_bboxes).clone();
  for (int64_t column = 0; column < 4; ++column) {
    const bool is_x = column % 2 == 0;
    const at::Tensor values = boxes.select(-1, column);
    values.sub_(is_x ? window.left : window.top);
    if (clip) values.clamp_(0, is_x ? window.width : window.height);
  }
  sample.set(keys::gt_bboxes, boxes);
}

void move_keypoints(Sample& sample, const Window& window) {
  const at::Tensor points = sample.tensor(keys::gt_keypoints).clone();
  const at::Tensor x = points.select(-1, 0).sub_(window.left), y = points.select(-1, 1).sub_(window.top);
  const at::Tensor is_inside =
      x.ge(0).logical_and(x.lt(window.width)).logical_and(y.ge(0)).logical_and(y.lt(window.height));
  points.select(-1, 2).mul_(is_inside.to(points.scalar_type()));
  x.clamp_(0, window.width);
  y.clamp_(0, window.height);
  sample.set(keys::gt_keypoints, points);
}

}  // namespace

CenterCrop::CenterCrop(Options options) : options_(checked<CenterCrop>(std::move(options))) {
  const auto& size = *options_.crop_size;
  if (const auto* both = std::get_if<int64_t>(&size)) crop_ = {*both, *both};
  else crop_ = std::get<1>(size);
  if (options_.pad_cfg.type != "Pad") throw Error("pad_cfg of CenterCrop is a Pad, not " + options_.pad_cfg.type);
}

void CenterCrop::apply(Sample& sample, Rng& rng) const {
  const auto size_of = [&sample](int64_t dimension) {
    const at::Tensor& image = sample.tensor(keys::img);
    if (image.dim() < 2) throw Error("CenterCrop needs an image of the shape (H, W) or (H, W, C)");
    return image.size(dimension);
  };
  if (options_.auto_pad && (size_of(1) < crop_[0] || size_of(0) < crop_[1]))
    Pad({.size = {{std::max(size_of(1), crop_[0]), std::max(size_of(0), crop_[1])}},
         .pad_val = options_.pad_cfg.pad_val,
         .padding_mode = options_.pad_cfg.padding_mode})
        .apply(sample, rng);
  const int64_t width = size_of(1), height = size_of(0);
  // A half is rounded to the even number, as Python does.
  const auto begin = [](int64_t size, int64_t crop) {
    return std::max<int64_t>(0, std::lrint(static_cast<double>(size - crop) / 2));
  };
  const Window window{begin(width, crop_[0]), begin(height, crop_[1]), std::min(width, crop_[0]),
                      std::min(height, crop_[1])};
  sample.set(keys::img, cut(sample.tensor(keys::img), window));
  const State shape = State::tuple({window.height, window.width});
  sample.set(keys::img_shape, shape);
  sample.set(keys::pad_shape, shape);
  if (sample.has(keys::gt_seg_map)) sample.set(keys::gt_seg_map, cut(sample.tensor(keys::gt_seg_map), window));
  if (sample.has(keys::gt_bboxes)) move_boxes(sample, window, options_.clip_object_border);
  if (sample.has(keys::gt_keypoints)) move_keypoints(sample, window);
}

MILLRACE_REGISTER(Transform, CenterCrop);

}  // namespace millrace
