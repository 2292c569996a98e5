#pragma once

#include <ATen/core/Tensor.h>

namespace millrace {

/// The objects of one image for keypoint_similarity: K keypoints each, and for the true ones the box and the area that
/// set the scale.
struct TrueKeypoints {
  at::Tensor keypoints;  // (G, K, 3): x, y in pixels, and above 0 for visible
  at::Tensor boxes;      // (G, 4): x, y, width, height
  at::Tensor areas;      // (G): pixels
};

/// The object keypoint similarity of COCO, (D, G) float64: how near each detection is to each true object, 0 to 1.
///
///     OKS = mean over the visible keypoints of  exp(-d_i^2 / (2 area (2 sigma_i)^2))
///
/// detections (D, K, 3), of which the third number is not read; sigmas (K). For an object without visible keypoints the
/// mean is over all, and d_i is the distance of the detected point from the box grown by its own size on each side (0
/// inside of it).
at::Tensor keypoint_similarity(const at::Tensor& detections, const TrueKeypoints& truth, const at::Tensor& sigmas);

}  // namespace millrace
