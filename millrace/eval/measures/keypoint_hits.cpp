#include "millrace/eval/measures/keypoint_hits.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include "millrace/eval/measures/defined.h"

namespace millrace {

at::Tensor keypoint_hits(const at::Tensor& predictions, const at::Tensor& keypoints, const at::Tensor& visible,
                         const at::Tensor& normalize, std::span<const double> thrs) {
  const at::Tensor truth = keypoints.to(at::kDouble);
  const at::Tensor apart = predictions.to(truth.device(), at::kDouble) - truth;
  const at::Tensor distance = (apart / normalize.to(truth.device(), at::kDouble).unsqueeze(1)).square().sum(-1).sqrt();
  const at::Tensor seen = visible.to(truth.device()).gt(0);
  std::vector<at::Tensor> counts = {seen.sum(0)};
  for (const double thr : thrs) counts.push_back(distance.lt(thr).logical_and(seen).sum(0));
  return at::stack(counts);
}

KeypointHits keypoint_shares(const at::Tensor& counts, int64_t threshold) {
  const at::Tensor table = counts.cpu().to(at::kDouble).contiguous();
  const int64_t keypoints = table.size(1);
  const double* const seen = table.const_data_ptr<double>();
  const double* const hit = seen + (1 + threshold) * keypoints;
  KeypointHits shares;
  double all_hits = 0, all_seen = 0;
  for (int64_t k = 0; k < keypoints; ++k) {
    shares.per_keypoint.push_back(quotient(hit[k], seen[k]));
    all_hits += hit[k];
    all_seen += seen[k];
  }
  shares.mean_over_keypoints = mean_of_defined(shares.per_keypoint);
  shares.over_all_visible = quotient(all_hits, all_seen);
  return shares;
}

}  // namespace millrace
