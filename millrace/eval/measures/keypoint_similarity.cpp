#include "millrace/eval/measures/keypoint_similarity.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include <limits>

namespace millrace {
namespace {

/// How far each place is outside of [low, high], 0 inside.
at::Tensor outside(const at::Tensor& place, const at::Tensor& low, const at::Tensor& high) {
  return (low - place).clamp_min(0) + (place - high).clamp_min(0);
}

}  // namespace

at::Tensor keypoint_similarity(const at::Tensor& detections, const TrueKeypoints& truth, const at::Tensor& sigmas) {
  const at::Tensor found = detections.to(at::kDouble).unsqueeze(1);                // (D, 1, K, 3)
  const at::Tensor points = truth.keypoints.to(at::kDouble).unsqueeze(0);          // (1, G, K, 3)
  const at::Tensor boxes = truth.boxes.to(at::kDouble).unsqueeze(0).unsqueeze(2);  // (1, G, 1, 4)
  const at::Tensor visible = points.select(3, 2).gt(0);                            // (1, G, K)
  const at::Tensor is_seen = visible.any(2, /*keepdim=*/true);                     // (1, G, 1)
  const auto distance = [&](int64_t axis) {
    const at::Tensor place = found.select(3, axis), corner = boxes.select(3, axis), size = boxes.select(3, axis + 2);
    return at::where(is_seen, place - points.select(3, axis), outside(place, corner - size, corner + 2 * size));
  };
  const at::Tensor variance = (2 * sigmas.to(at::kDouble)).square();
  // The epsilon is that of pycocotools, for an object without area.
  const at::Tensor scale = truth.areas.to(at::kDouble).view({1, -1, 1}) + std::numeric_limits<double>::epsilon();
  const at::Tensor exponent = (distance(0).square() + distance(1).square()) / variance / scale / 2;
  const at::Tensor counted = visible.logical_or(is_seen.logical_not()).to(at::kDouble);
  return ((-exponent).exp() * counted).sum(2) / counted.sum(2);
}

}  // namespace millrace
