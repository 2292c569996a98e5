#include "millrace/hooks/class_report_hook.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "millrace/data/data_loader.h"
#include "millrace/hub/message_hub.h"
#include "millrace/picture/confusion.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/vis/sample_picture.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

constexpr int64_t kMostClassesCounted = 2000;

const at::Tensor* dense_column(const Batch& batch, Key key, int64_t dims) {
  const Column* column = batch.find(key);
  const auto* dense = column ? std::get_if<Dense>(column) : nullptr;
  return dense && dense->values.dim() == dims ? &dense->values : nullptr;
}

int64_t class_count(const Batch& batch, const State& dataset_meta) {
  if (const at::Tensor* scores = dense_column(batch, keys::pred_score, 2)) return scores->size(1);
  const State* classes = dataset_meta.find("classes");
  return classes && classes->is_sequence() ? static_cast<int64_t>(classes->items().size()) : 0;
}

}  // namespace

void ClassReportHook::after_test_iter(EvalIter& point) {
  const Batch batch = point.batch.without_padding();
  const at::Tensor* labels = dense_column(batch, keys::gt_label, 1);
  const at::Tensor* predicted = dense_column(batch, keys::pred_label, 1);
  if (!labels || !predicted || batch.size() == 0) return;
  const int64_t classes = class_count(batch, point.runner.loader(Mode::test).dataset_meta());
  if (classes < 2 || classes > kMostClassesCounted) return;
  const at::Tensor truth = labels->to(predicted->device(), at::kLong), said = predicted->to(at::kLong);
  if (!counts_.defined()) counts_ = at::zeros({classes * classes}, truth.options());
  if (counts_.size(0) != classes * classes) return;
  // What is no class counts nowhere: the metrics say what they think of it.
  const at::Tensor known =
      truth.ge(0).logical_and(truth.lt(classes)).logical_and(said.ge(0)).logical_and(said.lt(classes));
  const at::Tensor cell = (truth * classes + said).mul(known);
  counts_.scatter_add_(0, cell, known.to(at::kLong));
}

void ClassReportHook::after_test_epoch(EvalEnd& point) {
  if (!counts_.defined()) return;
  Runner& runner = point.runner;
  const at::Tensor counts = counts_.cpu();
  const int64_t* const values = counts.const_data_ptr<int64_t>();
  Confusion confusion;
  confusion.counts.assign(values, values + counts.numel());
  const auto classes = std::llround(std::sqrt(static_cast<double>(counts.numel())));
  const State& meta = runner.loader(Mode::test).dataset_meta();
  for (int64_t k = 0; k < classes; ++k) confusion.classes.push_back(class_label(meta, k));

  const std::string text = confusion_text(confusion);
  runner.run_folder().write("classes.json", confusion_json(confusion) + "\n");
  if (classes <= kMostClassesDrawn)
    runner.run_folder().write("confusion_matrix.svg", confusion_svg(confusion, "confusion matrix"));
  runner.hub().update_info("class_report", text);
  runner.visualizer().add_text("test/classes", "```\n" + text + "```", 0);
}

MILLRACE_REGISTER(Hook, ClassReportHook);

}  // namespace millrace
