#include "millrace/data/transforms/random_flip.h"

#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <numeric>

#include "millrace/data/image_keys.h"
#include "millrace/data/image_window.h"

namespace millrace {

namespace {

const Key kFlip("flip"), kFlipDirection("flip_direction");

at::Tensor mirrored(const at::Tensor& image, bool x, bool y) {
  if (image.dim() < 2) throw Error("RandomFlip needs an image of the shape (H, W) or (H, W, C)");
  static constexpr double kNoFill[] = {0};
  const AxisMap rows(image.size(0)), columns(image.size(1));
  return remapped(image, y ? rows.mirrored() : rows, x ? columns.mirrored() : columns, kNoFill);
}

/// In every group of four numbers, the two of one axis: low' = size - high, high' = size - low.
void mirror_boxes_(const at::Tensor& boxes, int64_t axis, int64_t size) {
  const at::Tensor groups = boxes.view({-1, 4});
  const at::Tensor low = groups.select(1, axis).clone();
  groups.select(1, axis).copy_(groups.select(1, axis + 2).neg().add(size));
  groups.select(1, axis + 2).copy_(low.neg().add(size));
}

at::Tensor swapped_labels(const at::Tensor& map, const std::vector<std::pair<int64_t, int64_t>>& pairs) {
  at::Tensor swapped = map;
  for (const auto& [a, b] : pairs) {
    swapped = at::where(map.eq(a), at::full_like(map, b), swapped);
    swapped = at::where(map.eq(b), at::full_like(map, a), swapped);
  }
  return swapped;
}

}  // namespace

RandomFlip::RandomFlip(Options options) : options_(checked<RandomFlip>(std::move(options))) {
  const auto& prob = *options_.prob;
  const size_t directions = options_.direction.size();
  if (prob.is_list() && prob.size() != directions)
    throw Error(fmt::format("RandomFlip has {} probabilities for {} directions", prob.size(), directions));
  if (prob.is_list()) chances_ = prob.values();
  else chances_.assign(directions, prob[0] / static_cast<double>(directions));
  if (std::accumulate(chances_.begin(), chances_.end(), 0.0) > 1 + 1e-9)
    throw Error("the probabilities of RandomFlip add up to more than 1");
}

void RandomFlip::apply(Sample& sample, Rng& rng) const {
  double draw = rng.uniform();
  for (size_t i = 0; i < chances_.size(); ++i) {
    if (draw < chances_[i]) return flip(sample, options_.direction[i]);
    draw -= chances_[i];
  }
  sample.set(kFlip, false);
  sample.set(kFlipDirection, {});
}

void RandomFlip::flip(Sample& sample, Direction direction) const {
  const bool x = direction != Direction::vertical, y = direction != Direction::horizontal;
  const at::Tensor image = mirrored(sample.tensor(keys::img), x, y);
  const int64_t height = image.size(0), width = image.size(1);
  sample.set(keys::img, image);
  if (sample.has(keys::gt_bboxes)) {
    const at::Tensor boxes = sample.tensor(keys::gt_bboxes).clone(at::MemoryFormat::Contiguous);
    if (x) mirror_boxes_(boxes, 0, width);
    if (y) mirror_boxes_(boxes, 1, height);
    sample.set(keys::gt_bboxes, boxes);
  }
  if (sample.has(keys::gt_keypoints)) {
    const at::Tensor points = sample.tensor(keys::gt_keypoints).clone();
    if (x) points.select(-1, 0).copy_(points.select(-1, 0).neg().add(width));
    if (y) points.select(-1, 1).copy_(points.select(-1, 1).neg().add(height));
    sample.set(keys::gt_keypoints, points);
  }
  if (sample.has(keys::gt_seg_map))
    sample.set(keys::gt_seg_map,
               swapped_labels(mirrored(sample.tensor(keys::gt_seg_map), x, y), options_.swap_seg_labels));
  sample.set(kFlip, true);
  sample.set(kFlipDirection, enum_name(direction));
}

MILLRACE_REGISTER(Transform, RandomFlip);

}  // namespace millrace
