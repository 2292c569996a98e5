#include "millrace/zoo/classification/metrics/single_label_metric.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/max.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/eval/sums.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/labels.h"
#include "millrace/zoo/classification/metrics/threshold_name.h"

namespace millrace::classification {
namespace {

const std::vector<std::string> kItems = {"precision", "recall", "f1-score", "support"};

struct Scores {
  double precision, recall, f1;
};

Scores scores_of(double right, double predicted, double labels) {
  const double precision = 100 * right / std::max(predicted, 1.0), recall = 100 * right / std::max(labels, 1.0);
  return {precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0};
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
  const size_t thresholds = of_labels_ ? 1 : options_.thrs.size();
  if (!counts_.defined())
    counts_ = at::zeros({1 + 2 * static_cast<int64_t>(thresholds), classes}, labels.options().dtype(at::kLong));
  if (counts_.size(1) != classes)
    throw Error(fmt::format("SingleLabelMetric got scores of {} classes after scores of {}", classes, counts_.size(1)));

  const at::Tensor ones = at::ones_like(labels, counts_.options());
  counts_[0].scatter_add_(0, labels, ones);
  const at::Tensor right = predicted.eq(labels);
  for (size_t i = 0; i < thresholds; ++i) {
    const std::optional<double> thr = of_labels_ ? std::nullopt : options_.thrs[i];
    const at::Tensor taken = thr ? score.gt(*thr).to(at::kLong) : ones;
    counts_[1 + 2 * static_cast<int64_t>(i)].scatter_add_(0, predicted, taken);
    counts_[2 + 2 * static_cast<int64_t>(i)].scatter_add_(0, predicted, taken * right);
  }
}

void SingleLabelMetric::absorb(const State& partial) {
  const State& counts = partial.at("counts");
  if (counts.is_none()) return;  // a rank without a batch
  of_labels_ = partial.at("of_labels").boolean();
  add_to_sum(counts_, counts);
}

MetricMap SingleLabelMetric::compute() {
  const at::Tensor counts = counts_.cpu().to(at::kDouble);
  MetricMap figures;
  if (of_labels_) {
    add_figures(figures, counts, "");
    return figures;
  }
  for (size_t i = 0; i < options_.thrs.size(); ++i) {
    const at::Tensor own = counts.index_select(
        0, at::tensor({int64_t{0}, static_cast<int64_t>(1 + 2 * i), static_cast<int64_t>(2 + 2 * i)}));
    add_figures(figures, own, threshold_suffix(options_.thrs[i], options_.thrs.size()));
  }
  return figures;
}

/// counts: (3, K) double: labels, predictions, right ones.
void SingleLabelMetric::add_figures(MetricMap& figures, const at::Tensor& counts, const std::string& suffix) const {
  const at::Tensor table = options_.average == Average::micro ? counts.sum(1, /*keepdim=*/true) : counts;
  const int64_t classes = table.size(1);
  const double* const labels = table.const_data_ptr<double>();
  const double* const predicted = labels + classes;
  const double* const right = predicted + classes;
  std::vector<Scores> scores;
  for (int64_t c = 0; c < classes; ++c) scores.push_back(scores_of(right[c], predicted[c], labels[c]));

  for (const std::string& item : options_.items) {
    std::vector<double> each;
    for (int64_t c = 0; c < classes; ++c)
      each.push_back(item == "precision"  ? scores[c].precision
                     : item == "recall"   ? scores[c].recall
                     : item == "f1-score" ? scores[c].f1
                                          : labels[c]);
    double sum = 0;
    for (double value : each) sum += value;
    if (!options_.average) {
      State::List list;
      for (double value : each) list.push_back(item == "support" ? State(static_cast<int64_t>(value)) : State(value));
      figures.add(name_of(options_, item, suffix), State::list(std::move(list)));
    } else {
      figures.add(name_of(options_, item, suffix),
                  item == "support" ? State(static_cast<int64_t>(sum)) : State(sum / static_cast<double>(classes)));
    }
  }
}

MILLRACE_REGISTER(Metric, SingleLabelMetric);

}  // namespace millrace::classification
