#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// Writes the report of a test, which the task view of the model makes (vis/task_view.h). `millrace test` always has
/// this hook.
///
/// Gives  the report's files and `test_report.json` (its sections, for `millrace report`) in the run folder; its text as
///        the hub's info `test_report` and as the visualizer's text `test/report`; nothing where the model has no view
///        or the view no report
class TestReportHook final : public Hook {
 public:
  int default_priority() const override { return kBelowNormal; }
  void before_test(RunPoint& point) override;
  void after_test_iter(EvalIter& point) override;
  void after_test_epoch(EvalEnd& point) override;
};

}  // namespace millrace
