#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/runner/hook.h"

namespace millrace {

/// At the end of a test of a classifier: precision, recall and F1 of each class and which were mixed up. `millrace
/// test` has it always.
///
/// Needs  gt_label (N) and pred_label (N); pred_score (N, K), or the `classes` of the dataset, for the number of
/// classes:
///        where one is missing, or K is above 2000, it gives nothing
/// Gives  `classes.json` (counts) and, of up to 200 classes, `confusion_matrix.svg` in the run folder; the table as the
///        hub's info `class_report` and as the visualizer's text `test/classes`
/// Keeps  K x K counters, on the device
class ClassReportHook final : public Hook {
 public:
  int default_priority() const override { return kBelowNormal; }
  void before_test(RunPoint&) override { counts_ = at::Tensor(); }
  void after_test_iter(EvalIter& point) override;
  void after_test_epoch(EvalEnd& point) override;

 private:
  at::Tensor counts_;  // (K * K) int64, a row for each true class; undefined before the first batch
};

}  // namespace millrace
