#pragma once

#include <memory>
#include <vector>

#include "millrace/eval/metric.h"
#include "millrace/registry/component.h"

namespace millrace {

class Ranks;

/// Runs several metrics over one pass of predictions.
///
///     Evaluator evaluator(std::vector{metric});
///     for (Batch& batch : loader.from(0)) {
///       model.val_step(batch);
///       evaluator.process(batch);
///     }
///     const MetricMap figures = evaluator.evaluate();
class Evaluator {
 public:
  static constexpr const char* kKind = "Evaluator";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<Evaluator>;
  struct Options {
    OneOrMany<Component<Metric>> metrics{};
    template <class Fields>
    static void describe(Fields& f) {
      f("metrics", &Options::metrics, "one metric, or several");
    }
  };
  explicit Evaluator(const Options& options);
  explicit Evaluator(std::vector<std::shared_ptr<Metric>> metrics) : metrics_(std::move(metrics)) {}

  void set_dataset_meta(const DatasetMeta& meta);
  /// Hands the batch to every metric, without the rows whose position is -1. Throws Error if it has several views of a
  /// sample.
  void process(const Batch& batch);
  /// The figures of all metrics over the rows of all ranks, their names with prefixes, and a fresh start for the next
  /// pass. Every rank makes this call, whatever it has seen, and gets the same figures.
  /// Throws Error, on all ranks, if none has seen a row or two metrics give the same name.
  MetricMap evaluate(Ranks& ranks);
  /// The same for one process.
  MetricMap evaluate();
  /// Forgets a pass that was not finished.
  void reset();

  /// Rows that this rank has seen since the last evaluate() or reset().
  int64_t samples() const { return samples_; }
  const std::vector<std::shared_ptr<Metric>>& metrics() const { return metrics_; }

 private:
  int64_t gather(Ranks& ranks);
  MetricMap figures() const;

  std::vector<std::shared_ptr<Metric>> metrics_;
  int64_t samples_ = 0;
};

}  // namespace millrace
