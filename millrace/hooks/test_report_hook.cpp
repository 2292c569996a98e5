#include "millrace/hooks/test_report_hook.h"

#include "millrace/data/data_loader.h"
#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/vis/task_view.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

void TestReportHook::before_test(RunPoint& point) {
  if (TaskView* view = point.runner.task_view()) view->begin_report(point.runner.loader(Mode::test).dataset_meta());
}

void TestReportHook::after_test_iter(EvalIter& point) {
  TaskView* view = point.runner.task_view();
  if (!view) return;
  const Batch batch = point.batch.without_padding();
  if (batch.size() > 0) view->add_to_report(batch);
}

void TestReportHook::after_test_epoch(EvalEnd& point) {
  Runner& runner = point.runner;
  TaskView* view = runner.task_view();
  if (!view) return;
  Ranks& ranks = runner.context().ranks;
  const std::vector<State> parts = ranks.all_gather(view->partial());
  if (!ranks.is_main()) return;
  for (size_t rank = 1; rank < parts.size(); ++rank) view->absorb(parts[rank]);
  const TestReport report = view->report();
  for (const TestReport::File& file : report.files) {
    if (file.title.empty()) runner.run_folder().write(file.name, file.content);
    else runner.write_file(file.title, file.name, file.content);
  }
  if (!report.sections.empty()) runner.run_folder().write("test_report.json", sections_json(report.sections) + "\n");
  if (report.text.empty()) return;
  runner.hub().update_info("test_report", report.text);
  runner.visualizer().add_text("test/report", "```\n" + report.text + "```", 0);
}

MILLRACE_REGISTER(Hook, TestReportHook);

}  // namespace millrace
