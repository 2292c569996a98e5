#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/eval/metric.h"

namespace millrace::classification {

/// Precision, recall, F1 and support of each class, in percent (support: samples).
///
///     precision = TP / (TP + FP),  recall = TP / (TP + FN),  f1-score = 2 precision recall / (precision + recall)
///
/// A quotient with divisor 0 is 0. macro: mean over all classes. micro: from the summed counts of all classes. None: a
/// list, one value per class.
///
///     SingleLabelMetric metric({.items = {"f1-score", "support"}, .average = std::nullopt});
///
/// Reads   pred_score (N, K) float; else pred_label (N), which needs num_classes; gt_label (N) int64
/// Gives   single-label/precision, …/recall, …/f1-score, …/support; "_micro" or "_classwise" after them, and with several
///         thrs "_thr-0.50" or "_no-thr" before that
/// Keeps   counters for each class, on the device, summed over ranks
class SingleLabelMetric final : public Metric {
 public:
  enum class Average { macro, micro };
  struct Options {
    OneOrMany<std::optional<double>> thrs = std::optional<double>(0.0);
    std::vector<std::string> items = {"precision", "recall", "f1-score"};
    std::optional<Average> average = Average::macro;
    std::optional<int64_t> num_classes{};
    MetricOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("thrs", &Options::thrs, "ignore predictions whose score is at or below this; None: use all");
      f("items", &Options::items, "of precision, recall, f1-score and support").not_empty();
      f("average", &Options::average, "over the classes; None gives a list");
      f("num_classes", &Options::num_classes, "number of classes, needed if there are no scores").at_least(1);
      f.flatten(&Options::common);
    }
  };
  static void check(const Options& options, Complaints& complaints);
  SingleLabelMetric() : SingleLabelMetric(Options{}) {}
  explicit SingleLabelMetric(Options options);
  static Facts facts_of(const Options& options);
  void set_dataset_meta(const DatasetMeta& meta) override;
  void process(const Batch& batch) override;
  State partial() const override { return State::dict({{"counts", counts_}, {"of_labels", of_labels_}}); }
  void absorb(const State& partial) override;
  MetricMap compute() override;
  void reset() override { counts_ = at::Tensor(); }

 private:
  static constexpr const char* kPrefix = "single-label";
  static std::string name_of(const Options& options, const std::string& item, const std::string& suffix);
  void add_figures(MetricMap& figures, const at::Tensor& counts, const std::string& suffix) const;
  Options options_;
  int64_t named_ = 0;  // classes that the data name; 0: nobody knows
  bool of_labels_ = false;
  at::Tensor counts_;  // (thresholds, 3, K) int64: class_counts() of each threshold
};

}  // namespace millrace::classification
