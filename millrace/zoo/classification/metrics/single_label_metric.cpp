#include "millrace/zoo/classification/metrics/single_label_metric.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/max.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "millrace/base/text.h"
#include "millrace/eval/measures/class_counts.h"
#include "millrace/eval/measures/defined.h"
#include "millrace/eval/measures/threshold_name.h"
#include "millrace/eval/sums.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {
namespace {

const std::vector<std::string> kItems = {"precision", "recall", "f1-score", "support"};

std::vector<double> percent(std::vector<double> fractions) {
  for (double& value : fractions) value *= 100;
  return fractions;
}

}  // namespace

void SingleLabelMetric::check(const Options& options, Complaints& complaints) {
  for (const std::string& item : options.items)
    if (std::find(kItems.begin(), kItems.end(), item) == kItems.end())
      complaints.add("items", "SingleLabelMetric.items must be of " + quoted_choice(kItems) + ", got '" + item + "'" +
                                  did_you_mean(item, kItems));
}

std::string SingleLabelMetric::name_of(const Options& options, const std::string& item, const std::string& suffix) {
  return item + suffix + (!options.average ? "_classwise" : *options.average == Average::micro ? "_micro" : "");
}

SingleLabelMetric::Facts SingleLabelMetric::facts_of(const Options& options) {
  const auto figures_with = [&](const std::vector<std::string>& suffixes) {
    std::vector<std::string> names;
    for (const std::string& suffix : suffixes)
      for (const std::string& item : options.items) names.push_back(name_of(options, item, suffix));
    std::vector<Figure> figures = figures_of(options.common, kPrefix, std::move(names));
    for (Figure& figure : figures) figure.is_number = options.average.has_value();
    return figures;
  };
  std::vector<std::string> of_scores;
  for (const auto& thr : options.thrs) of_scores.push_back(threshold_suffix(thr, options.thrs.size()));
  return {figures_with(of_scores), figures_with({""})};
}

SingleLabelMetric::SingleLabelMetric(Options options)
    : Metric(kPrefix, options.common), options_(checked<SingleLabelMetric>(std::move(options))) {}

void SingleLabelMetric::set_dataset_meta(const DatasetMeta& meta) { named_ = named_classes(meta); }

void SingleLabelMetric::process(const Batch& batch) {
  const at::Tensor labels = batch.tensor(keys::gt_label).to(at::kLong);
  of_labels_ = !batch.has(keys::pred_score);
  at::Tensor predicted, score;
  int64_t classes;
  if (of_labels_) {
    if (!options_.num_classes)
      throw Error("SingleLabelMetric cannot tell the number of classes: the batch has pred_label, but no pred_score")
          .help("num_classes=10");
    classes = *options_.num_classes;
    predicted = batch.tensor(keys::pred_label);
    check_labels(predicted, classes, "SingleLabelMetric");
  } else {
    const at::Tensor& scores = batch.tensor(keys::pred_score);
    classes = scores.size(1);
    std::tie(score, predicted) = at::max(scores, 1);
  }
  check_named(classes, named_, "SingleLabelMetric");
  check_labels(labels, classes, "SingleLabelMetric");
  if (counts_.defined() && counts_.size(2) != classes)
    throw Error(fmt::format("SingleLabelMetric got scores of {} classes after scores of {}", classes, counts_.size(2)));
  std::vector<at::Tensor> counts;
  const size_t thresholds = of_labels_ ? 1 : options_.thrs.size();
  for (size_t i = 0; i < thresholds; ++i) {
    const std::optional<double> thr = of_labels_ ? std::nullopt : options_.thrs[i];
    counts.push_back(class_counts(predicted, labels, classes, thr ? score.gt(*thr) : at::Tensor()));
  }
  if (counts_.defined()) counts_ += at::stack(counts);
  else counts_ = at::stack(counts);
}

void SingleLabelMetric::absorb(const State& partial) {
  const State& counts = partial.at("counts");
  if (counts.is_none()) return;  // a rank without a batch
  of_labels_ = partial.at("of_labels").boolean();
  add_to_sum(counts_, counts);
}

MetricMap SingleLabelMetric::compute() {
  const at::Tensor counts = counts_.cpu();
  MetricMap figures;
  if (of_labels_) {
    add_figures(figures, counts[0], "");
    return figures;
  }
  for (size_t i = 0; i < options_.thrs.size(); ++i)
    add_figures(figures, counts[static_cast<int64_t>(i)], threshold_suffix(options_.thrs[i], options_.thrs.size()));
  return figures;
}

/// counts: (3, K), see class_counts.
void SingleLabelMetric::add_figures(MetricMap& figures, const at::Tensor& counts, const std::string& suffix) const {
  const PrecisionRecall scores =
      precision_recall(options_.average == Average::micro ? counts.sum(1, /*keepdim=*/true) : counts);
  for (const std::string& item : options_.items) {
    const std::string name = name_of(options_, item, suffix);
    if (item == "support") {
      const std::vector<int64_t>& rows = scores.support;
      figures.add(name, options_.average ? State(std::accumulate(rows.begin(), rows.end(), int64_t{0}))
                                         : State::list({rows.begin(), rows.end()}));
      continue;
    }
    const std::vector<double> values = percent(item == "precision" ? scores.precision
                                               : item == "recall"  ? scores.recall
                                                                   : scores.f1);
    figures.add(name, options_.average ? State(mean_of_defined(values)) : State::list({values.begin(), values.end()}));
  }
}

MILLRACE_REGISTER(Metric, SingleLabelMetric);

}  // namespace millrace::classification
