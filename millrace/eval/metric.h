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

/// Facts on a whole dataset: {"classes": […], "palette": […]}.
using DatasetMeta = State;

/// The keys that all metrics have.
struct MetricOptions {
  std::optional<std::string> prefix{};
  std::string collect_device = "cpu";
  std::optional<std::string> collect_dir{};

  template <class Fields>
  static void describe(Fields& f) {
    f("prefix", &MetricOptions::prefix, "prefix of the names, followed by a slash; else the metric's own");
    f("collect_device", &MetricOptions::collect_device, "sums are kept on the device, whatever it is").ignored();
    f("collect_dir", &MetricOptions::collect_dir, "nothing is collected in files").ignored();
  }
};

/// Measures how good predictions are, by one or more numbers. It sees every batch of a pass over the data, and computes
/// once at the end.
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
/// It does not see rows that a sampler added to fill up. If possible, keep sums on the device of the predictions and
/// copy nothing to the CPU until compute(). A metric that needs all predictions keeps them.
///
/// Several ranks split the data. At the end of a pass the Evaluator resets the metric of the main rank, lets it absorb
/// the partial() of each rank, in order, and calls compute(). So a metric does not need to know ranks.
class Metric {
 public:
  static constexpr const char* kKind = "Metric";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Metric>;

  /// One value that a metric gives.
  struct Figure {
    std::string name;       // with the prefix: "accuracy/top1"
    bool is_number = true;  // else a list or a tensor
  };
  /// The facts on a metric that are known before it is built.
  struct Facts {
    std::optional<std::vector<Figure>> figures{};  // the values that it gives; nothing if unknown
    std::vector<Figure> otherwise{};               // the values for predictions in another form
  };

  virtual ~Metric() = default;

  virtual void process(const Batch& batch) = 0;
  /// What process() has collected since the last reset(): sums, or tensors that absorb() joins. Called on every rank,
  /// even without a batch.
  virtual State partial() const = 0;
  /// Adds the partial() of another metric with the same options, which may have seen nothing. Tensors in it may have
  /// moved to the CPU.
  virtual void absorb(const State& partial) = 0;
  /// The results over all processed rows, names without prefix. Called only if there are any.
  virtual MetricMap compute() = 0;
  /// Drops all processed rows.
  virtual void reset() = 0;

  /// "accuracy" makes names like "accuracy/top1"; "" for no prefix.
  const std::string& prefix() const { return prefix_; }
  virtual void set_dataset_meta(const DatasetMeta&) {}

 protected:
  /// Numbers with these names, for facts_of().
  static std::vector<Figure> figures_of(const MetricOptions& common, std::string_view default_prefix,
                                        std::vector<std::string> names);
  explicit Metric(std::string default_prefix, const MetricOptions& common = MetricOptions{})
      : prefix_(common.prefix.value_or(std::move(default_prefix))) {}

 private:
  std::string prefix_;
};

}  // namespace millrace
