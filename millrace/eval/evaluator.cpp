#include "millrace/eval/evaluator.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/dist/ranks.h"
#include "millrace/structures/batch.h"

namespace millrace {

namespace {

std::vector<std::shared_ptr<Metric>> built_metrics(const Evaluator::Options& options) {
  std::vector<std::shared_ptr<Metric>> metrics;
  for (const Component<Metric>& metric : options.metrics) metrics.push_back(metric.build());
  return metrics;
}

}  // namespace

Evaluator::Evaluator(const Options& options) : Evaluator(built_metrics(options)) {}

Evaluator::Evaluator(std::vector<std::shared_ptr<Metric>> metrics) : metrics_(std::move(metrics)) {
  for (size_t i = 0; i < metrics_.size(); ++i) {
    if (!metrics_[i]) throw Error("metric " + std::to_string(i) + " of the evaluator is a null pointer");
    if (std::find(metrics_.begin(), metrics_.begin() + static_cast<ptrdiff_t>(i), metrics_[i]) !=
        metrics_.begin() + static_cast<ptrdiff_t>(i))
      throw Error("metric " + std::to_string(i) + " of the evaluator is there twice: it would count every row twice");
  }
}

void Evaluator::set_dataset_meta(const DatasetMeta& meta) {
  for (const auto& metric : metrics_) metric->set_dataset_meta(meta);
}

void Evaluator::process(const Batch& batch) {
  if (batch.has(keys::view_of))
    throw Error("the batch has several views of each sample, and metrics count samples")
        .note("test-time augmentation merges them: millrace test --tta, or PrepareTTAHook in custom_hooks");
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

/// Makes the metrics of the main rank those of all; gives the number of rows that all have seen.
int64_t Evaluator::gather(Ranks& ranks) {
  State own = State::dict({{"samples", samples_}, {"metrics", State::list()}});
  for (const auto& metric : metrics_) own["metrics"].push_back(metric->partial());
  const std::vector<State> all = ranks.all_gather(own);
  int64_t samples = 0;
  for (const State& each : all) samples += each.at("samples").integer();
  if (!ranks.is_main()) return samples;
  for (size_t i = 0; i < metrics_.size(); ++i) {
    metrics_[i]->reset();
    for (const State& each : all) metrics_[i]->absorb(each.at("metrics").items()[i]);
  }
  return samples;
}

Error Evaluator::given_twice(const std::string& name) {
  return Error("two metrics give a value '" + name + "'").help("prefix='another' in one of them");
}

MetricMap Evaluator::figures() const {
  MetricMap all;
  for (const auto& metric : metrics_)
    for (const MetricMap::Entry& figure : metric->compute()) {
      std::string name = metric->prefix().empty() ? figure.name : metric->prefix() + "/" + figure.name;
      if (all.find(name)) throw given_twice(name);
      all.add(std::move(name), figure.value);
    }
  return all;
}

MetricMap Evaluator::evaluate(Ranks& ranks) {
  const at::NoGradGuard no_grad;
  const bool is_alone = ranks.size() == 1;
  const int64_t samples = is_alone ? samples_ : gather(ranks);
  if (samples == 0 && !metrics_.empty()) throw Error("the evaluation saw no sample");
  MetricMap all;
  if (is_alone) {
    all = figures();
  } else {
    // The main rank computes and the others hear what came of it: processors may differ in the last bit.
    State result;
    if (ranks.is_main()) {
      try {
        result = figures().state();
      } catch (const Error& error) {
        ranks.broadcast(State(std::string(error.what())));
        throw;
      }
    }
    result = ranks.broadcast(result);
    if (result.is_string()) throw Error(result.string());
    all = MetricMap::of(result);
  }
  reset();
  return all;
}

MetricMap Evaluator::evaluate() {
  SingleRank alone;
  return evaluate(alone);
}

void Evaluator::reset() {
  for (const auto& metric : metrics_) metric->reset();
  samples_ = 0;
}

MILLRACE_REGISTER(Evaluator, Evaluator);

}  // namespace millrace
