#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/registry.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

class Batch;

/// What is known of a data set as a whole: {"classes": […], "palette": […]}.
using DatasetMeta = State;

/// The keys that all metrics have.
struct MetricOptions {
  std::optional<std::string> prefix{};
  std::string collect_device = "cpu";
  std::optional<std::string> collect_dir{};

  template <class Fields>
  static void describe(Fields& f) {
    f("prefix", &MetricOptions::prefix, "what stands before the names, with a slash; else the metric's own");
    f("collect_device", &MetricOptions::collect_device, "sums are kept on the device, whatever it is").ignored();
    f("collect_dir", &MetricOptions::collect_dir, "nothing is collected in files").ignored();
  }
};

/// A figure, or several, of how good predictions are. Sees every batch of a pass over the data, then is asked once.
///
///     class MeanError final : public Metric {
///      public:
///       MeanError() : Metric("") {}
///       void process(const Batch& batch) override { add(batch.tensor("error"_key).sum(), batch.size()); }
///       State partial() const override { return State::dict({{"sum", sum_}, {"rows", rows_}}); }
///       void absorb(const State& other) override { add(other.at("sum").tensor(), other.at("rows").integer()); }
///       MetricMap compute() override { return {{"error", sum_.item<double>() / static_cast<double>(rows_)}}; }
///       void reset() override { sum_ = at::zeros({}), rows_ = 0; }
///
///      private:
///       void add(const at::Tensor& sum, int64_t rows) { sum_ = sum_ + sum, rows_ += rows; }
///       at::Tensor sum_ = at::zeros({});
///       int64_t rows_ = 0;
///     };
///
/// Rows that a sampler added to fill up never arrive. Metrics keep sums on the device of the predictions and copy
/// nothing to the CPU until compute(), where they can; what needs all predictions keeps them.
///
/// A run of several ranks splits the data. At the end of a pass the Evaluator resets the metric of the main rank, lets
/// it absorb what each rank has seen, rank by rank, and asks it for the figures of all; a metric thus knows no rank.
class Metric {
 public:
  static constexpr const char* kKind = "Metric";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Metric>;

  virtual ~Metric() = default;

  virtual void process(const Batch& batch) = 0;
  /// What process() has seen since the last reset(): sums, or tensors of which absorb() makes one. Asked on every rank,
  /// also where no batch came.
  virtual State partial() const = 0;
  /// Adds what another metric of the same options has seen, possibly nothing. Tensors in it may have moved to the CPU.
  virtual void absorb(const State& partial) = 0;
  /// The figures over all that was processed, names without prefix. Called only if something was.
  virtual MetricMap compute() = 0;
  /// Forgets all that was processed.
  virtual void reset() = 0;

  /// "accuracy"; names are then "accuracy/top1". Empty for none.
  const std::string& prefix() const { return prefix_; }
  virtual void set_dataset_meta(const DatasetMeta&) {}

 protected:
  explicit Metric(std::string default_prefix, const MetricOptions& common = MetricOptions{})
      : prefix_(common.prefix.value_or(std::move(default_prefix))) {}

 private:
  std::string prefix_;
};

}  // namespace millrace
