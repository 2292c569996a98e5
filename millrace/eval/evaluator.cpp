#include "millrace/eval/evaluator.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/structures/batch.h"

namespace millrace {

Evaluator::Evaluator(const Options& options) {
  for (const Component<Metric>& metric : options.metrics) metrics_.push_back(metric.build());
}

void Evaluator::set_dataset_meta(const DatasetMeta& meta) {
  for (const auto& metric : metrics_) metric->set_dataset_meta(meta);
}

void Evaluator::process(const Batch& batch) {
  const at::NoGradGuard no_grad;
  const auto& positions = batch.positions();
  const int64_t padding = std::count(positions.begin(), positions.end(), -1);
  if (padding == batch.size()) return;
  samples_ += batch.size() - padding;
  if (padding == 0) {
    for (const auto& metric : metrics_) metric->process(batch);
    return;
  }
  const Batch rows = batch.without_padding();
  for (const auto& metric : metrics_) metric->process(rows);
}

MetricMap Evaluator::evaluate() {
  if (samples_ == 0 && !metrics_.empty())
    throw Error("the evaluation saw no sample, so that there is nothing to measure");
  const at::NoGradGuard no_grad;
  MetricMap all;
  for (const auto& metric : metrics_)
    for (const MetricMap::Entry& figure : metric->compute()) {
      std::string name = metric->prefix().empty() ? figure.name : metric->prefix() + "/" + figure.name;
      if (all.find(name))
        throw Error("two metrics give the figure '" + name + "'").help("prefix='another' in one of them");
      all.add(std::move(name), figure.value);
    }
  reset();
  return all;
}

void Evaluator::reset() {
  for (const auto& metric : metrics_) metric->reset();
  samples_ = 0;
}

MILLRACE_REGISTER(Evaluator, Evaluator);

}  // namespace millrace
