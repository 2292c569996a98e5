#include "millrace/zoo/classification/metrics/accuracy.h"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "millrace/eval/measures/threshold_name.h"
#include "millrace/eval/measures/topk.h"
#include "millrace/eval/sums.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {

namespace {

const std::vector<std::string> kOfLabels = {"top1"};

}  // namespace

/// With scores, in the order in which they are counted.
std::vector<std::string> Accuracy::names_of(const Options& options) {
  std::vector<std::string> names;
  for (const int64_t k : options.topk)
    for (const auto& thr : options.thrs)
      names.push_back(fmt::format("top{}{}", k, threshold_suffix(thr, options.thrs.size())));
  return names;
}

Accuracy::Facts Accuracy::facts_of(const Options& options) {
  return {figures_of(options.common, kPrefix, names_of(options)), figures_of(options.common, kPrefix, kOfLabels)};
}

Accuracy::Accuracy(Options options)
    : Metric(kPrefix, options.common), options_(checked<Accuracy>(std::move(options))) {}

void Accuracy::set_dataset_meta(const DatasetMeta& meta) { named_ = named_classes(meta); }

void Accuracy::process(const Batch& batch) {
  const at::Tensor labels = batch.tensor(keys::gt_label).to(at::kLong);
  of_labels_ = !batch.has(keys::pred_score);
  const at::Tensor& predictions = batch.tensor(of_labels_ ? keys::pred_label : keys::pred_score);
  const at::TensorOptions counter = labels.options().dtype(at::kLong);
  if (of_labels_) {
    if (!counts_.defined()) counts_ = at::zeros({2}, counter);
    counts_[0] += predictions.eq(labels).sum();
    counts_[1] += labels.size(0);
    return;
  }
  const int64_t classes = predictions.size(1);
  const int64_t largest = *std::max_element(options_.topk.begin(), options_.topk.end());
  if (largest > classes)
    throw Error(fmt::format("Accuracy cannot compute the top {}: there are {} classes", largest, classes))
        .help(fmt::format("topk={}", classes));
  check_named(classes, named_, "Accuracy");
  check_labels(labels, classes, "Accuracy");
  const at::Tensor hits = topk_hits(predictions, labels, options_.topk.values(), options_.thrs.values());
  if (!counts_.defined()) counts_ = at::zeros({hits.numel() + 1}, counter);
  counts_.narrow(0, 0, hits.numel()) += hits.to(counts_.device());
  counts_[hits.numel()] += labels.size(0);
}

void Accuracy::absorb(const State& partial) {
  const State& counts = partial.at("counts");
  if (counts.is_none()) return;  // a rank without a batch
  of_labels_ = partial.at("of_labels").boolean();
  add_to_sum(counts_, counts);
}

MetricMap Accuracy::compute() {
  const at::Tensor counts = counts_.cpu();
  const int64_t* const values = counts.const_data_ptr<int64_t>();
  const double percent = 100.0 / static_cast<double>(values[counts.size(0) - 1]);
  MetricMap figures;
  int64_t at = 0;
  for (const std::string& name : of_labels_ ? kOfLabels : names_of(options_))
    figures.add(name, percent * static_cast<double>(values[at++]));
  return figures;
}

MILLRACE_REGISTER(Metric, Accuracy);

}  // namespace millrace::classification
