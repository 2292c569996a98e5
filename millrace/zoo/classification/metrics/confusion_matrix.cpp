#include "millrace/zoo/classification/metrics/confusion_matrix.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argmax.h>
#include <fmt/format.h>

#include "millrace/eval/measures/pair_counts.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {

ConfusionMatrix::Facts ConfusionMatrix::facts_of(const Options& options) {
  std::vector<Figure> figures = figures_of(options.common, kPrefix, {"result"});
  figures[0].is_number = false;
  return {std::move(figures), {}};
}

ConfusionMatrix::ConfusionMatrix(Options options)
    : Metric(kPrefix, options.common), options_(checked<ConfusionMatrix>(std::move(options))) {}

void ConfusionMatrix::set_dataset_meta(const DatasetMeta& meta) { named_ = named_classes(meta); }

void ConfusionMatrix::process(const Batch& batch) {
  const at::Tensor labels = batch.tensor(keys::gt_label).to(at::kLong);
  at::Tensor predicted;
  int64_t classes = 0;
  if (batch.has(keys::pred_score)) {
    const at::Tensor& scores = batch.tensor(keys::pred_score);
    classes = scores.size(1);
    predicted = at::argmax(scores, 1);
  } else {
    if (!options_.num_classes)
      throw Error("ConfusionMatrix cannot tell the number of classes: the batch has pred_label, but no pred_score")
          .help("num_classes=10");
    classes = *options_.num_classes;
    predicted = batch.tensor(keys::pred_label).to(at::kLong);
    check_labels(predicted, classes, "ConfusionMatrix");
  }
  check_named(classes, named_, "ConfusionMatrix");
  check_labels(labels, classes, "ConfusionMatrix");
  if (counts_.defined() && counts_.size(1) != classes)
    throw Error(fmt::format("ConfusionMatrix got scores of {} classes after scores of {}", classes, counts_.size(1)));
  const at::Tensor counts = pair_counts(predicted, labels, classes);
  if (counts_.defined()) counts_ += counts;
  else counts_ = counts;
}

MetricMap ConfusionMatrix::compute() { return {{"result", counts_.cpu()}}; }

MILLRACE_REGISTER(Metric, ConfusionMatrix);

}  // namespace millrace::classification
