#include "tests/made_up_task/spots/spot_metric.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones_like.h>

#include "millrace/structures/batch.h"
#include "tests/made_up_task/spots/spot_keys.h"
#include "tests/made_up_task/spots/spot_match.h"

namespace millrace::spots {
namespace {

/// The disc or the square that fills a box (4), as a mask (H, W) bool.
at::Tensor filled(const at::Tensor& box, int64_t label, int64_t height, int64_t width) {
  const at::Tensor x = (at::arange(width) + 0.5).unsqueeze(0), y = (at::arange(height) + 0.5).unsqueeze(1);
  const at::Tensor dx = (x - (box[0] + box[2]) / 2) / ((box[2] - box[0]) / 2);
  const at::Tensor dy = (y - (box[1] + box[3]) / 2) / ((box[3] - box[1]) / 2);
  return label == 0 ? (dx * dx + dy * dy).le(1) : dx.abs().le(1).logical_and(dy.abs().le(1));
}

}  // namespace

void SpotMetric::process(const Batch& batch) {
  const Instances all_truth = batch.instances(kTruth), all_found = batch.instances(kFound);
  for (int64_t i = 0; i < batch.size(); ++i) {
    const Instances truth = all_truth.row(i), found = all_found.row(i);
    truth_ += truth.size();
    predicted_ += found.size();
    if (truth.size() == 0 || found.size() == 0) continue;
    const at::Tensor masks = truth.list(kMasks)[0].tensor().to(at::kCPU, at::kBool);
    for (const auto& [true_one, found_one] : matches(truth, found)) {
      ++found_;
      const at::Tensor box = found.tensor(kBboxes)[found_one].to(at::kCPU, at::kFloat);
      const at::Tensor mask = masks[true_one];
      const at::Tensor own = filled(box, found.tensor(kLabels)[found_one].item<int64_t>(), mask.size(0), mask.size(1));
      mask_iou_ += own.logical_and(mask).sum().item<double>() / own.logical_or(mask).sum().item<double>();
    }
  }
}

void SpotMetric::absorb(const State& other) {
  truth_ += other.items()[0].integer();
  predicted_ += other.items()[1].integer();
  found_ += other.items()[2].integer();
  mask_iou_ += other.items()[3].number();
}

MetricMap SpotMetric::compute() {
  const auto percent = [](double part, int64_t whole) {
    return whole > 0 ? 100 * part / static_cast<double>(whole) : 0;
  };
  return {{"recall", percent(static_cast<double>(found_), truth_)},
          {"precision", percent(static_cast<double>(found_), predicted_)},
          {"mask_iou", percent(mask_iou_, found_)}};
}

MILLRACE_REGISTER(Metric, SpotMetric);

}  // namespace millrace::spots
