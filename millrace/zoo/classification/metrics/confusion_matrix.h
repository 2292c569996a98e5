#pragma once

#include <optional>

#include "millrace/eval/metric.h"
#include "millrace/eval/sums.h"

namespace millrace::classification {

/// How often rows of each class were taken for each class.
///
///     ConfusionMatrix metric;
///
/// Reads   pred_score (N, K) float; else pred_label (N), which needs num_classes; gt_label (N) int64
/// Gives   confusion_matrix/result: (K, K) int64, a row for each true class, a column for each predicted one
/// Keeps   the matrix, on the device, summed over ranks
class ConfusionMatrix final : public Metric {
 public:
  struct Options {
    std::optional<int64_t> num_classes{};
    MetricOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "number of classes, needed if there are no scores").at_least(1);
      f.flatten(&Options::common);
    }
  };
  ConfusionMatrix() : ConfusionMatrix(Options{}) {}
  explicit ConfusionMatrix(Options options);
  static Facts facts_of(const Options& options);
  void set_dataset_meta(const DatasetMeta& meta) override;
  void process(const Batch& batch) override;
  State partial() const override { return counts_; }
  void absorb(const State& partial) override { add_to_sum(counts_, partial); }
  MetricMap compute() override;
  void reset() override { counts_ = at::Tensor(); }

 private:
  static constexpr const char* kPrefix = "confusion_matrix";
  Options options_;
  int64_t named_ = 0;  // classes that the data name; 0: nobody knows
  at::Tensor counts_;  // (K, K) int64
};

}  // namespace millrace::classification
