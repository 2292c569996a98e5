#pragma once

#include <memory>
#include <vector>

#include "millrace/base/error.h"
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
  /// Throws Error if one is null or given twice.
  explicit Evaluator(std::vector<std::shared_ptr<Metric>> metrics);

  /// The error if two metrics give a value of this name.
  static Error given_twice(const std::string& name);

  void set_dataset_meta(const DatasetMeta& meta);
  /// Gives the batch to every metric, without the rows whose position is -1. Throws Error if it has several views of a
  /// sample.
  void process(const Batch& batch);
  /// Computes all metrics over the rows of all ranks, names with prefixes, and resets them for the next pass. Every
  /// rank makes this call, even if it has seen no row, and gets the same values. Throws Error on all ranks if no rank
  /// has seen a row, or if two metrics give the same name.
  MetricMap evaluate(Ranks& ranks);
  /// The same for one process.
  MetricMap evaluate();
  /// Drops an unfinished pass.
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
