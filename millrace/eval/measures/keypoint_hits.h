#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

namespace millrace {

/// For the share of correct keypoints, PCK: how often each keypoint was found within each threshold, (1 + T, K) int64 on
/// the device of the keypoints. Row 0 has how often the keypoint was visible; row 1 + i how often it was visible and
///
///     sqrt((dx / width)^2 + (dy / height)^2) < thrs[i]
///
/// predictions, keypoints (N, K, 2): x and y; visible (N, K), above 0 for visible; normalize (N, 2): the width and the
/// height that the distance is measured in: of the box, the head or the torso, as the caller has it. Counts of several
/// batches are added.
at::Tensor keypoint_hits(const at::Tensor& predictions, const at::Tensor& keypoints, const at::Tensor& visible,
                         const at::Tensor& normalize, std::span<const double> thrs);

/// Fractions for one threshold.
struct KeypointHits {
  std::vector<double> per_keypoint;  // K; undefined (nan) for a keypoint that was never visible
  double mean_over_keypoints;        // of the defined ones
  double over_all_visible;           // every visible keypoint counts the same; undefined without any
};
/// `threshold`: its place in `thrs`.
KeypointHits keypoint_shares(const at::Tensor& counts, int64_t threshold);

}  // namespace millrace
