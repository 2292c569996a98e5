#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/vis/task_view.h"

namespace millrace::classification {

/// Shows the predictions of a classifier.
///
///     hat 93.2%, shoe 4.1%                                             a line
///     {"label": 3, "class": "hat", "score": 0.932, "top": [{…}, …]}    an object; `top` by descending score
///
/// Pictures have a line for each of the best classes, with a bar as long as its score behind it: green if it is
/// correct, red if it is wrong; below them the label. The report of a test has precision, recall and F1 of each class
/// and the confusions. Its files are classes.json (counts) and, for up to 200 classes, confusion_matrix.svg.
///
/// Reads   pred_label (N), or else pred_score (N, K); gt_label (N), if truth is shown
/// Keeps   for the report K x K counters, on the device. K is that of the scores, or the number of `classes` of the
///         dataset; where neither is known, or K is above 2000, there is no report
class ClassificationView final : public TaskView {
 public:
  std::string line(const Sample& row, const State& dataset_meta, int64_t most) const override;
  Value object(const Sample& row, const State& dataset_meta, int64_t most) const override;
  RgbImage draw(const RgbImage& picture, const Sample& row, const State& dataset_meta,
                const Drawing& drawing) const override;
  std::string comparison_title() const override;
  std::string comparison(const Sample& row, const State& dataset_meta) const override;

  void begin_report(const State& dataset_meta) override;
  void add_to_report(const Batch& batch) override;
  State partial() const override { return counts_; }
  void absorb(const State& partial) override;
  TestReport report() const override;

 private:
  State dataset_meta_;
  at::Tensor counts_;  // (K, K) int64, a row for each true class; undefined before the first batch
};

}  // namespace millrace::classification
