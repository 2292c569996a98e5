#pragma once

#include "millrace/eval/metric.h"

namespace millrace::spots {

/// Which spots were found: prediction and truth are matched, the best scores first, where class and place agree (an IoU
/// of the boxes of 0.5 or more).
///
/// Reads   gt_instances: bboxes, labels, masks; pred_instances: bboxes, labels
/// Gives   spots/recall, spots/precision: percent; spots/mask_iou: mean, over what was found, of the IoU of the true mask
///         with the disc or square that fills the predicted box, in percent
/// Keeps   four sums
class SpotMetric final : public Metric {
 public:
  struct Options {
    MetricOptions common{};
    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::common);
    }
  };
  SpotMetric() : SpotMetric(Options{}) {}
  explicit SpotMetric(Options options) : Metric("spots", options.common) {}
  void process(const Batch& batch) override;
  State partial() const override { return State::tuple({truth_, predicted_, found_, mask_iou_}); }
  void absorb(const State& other) override;
  MetricMap compute() override;
  void reset() override { truth_ = predicted_ = found_ = 0, mask_iou_ = 0; }

 private:
  int64_t truth_ = 0, predicted_ = 0, found_ = 0;
  double mask_iou_ = 0;
};

}  // namespace millrace::spots
