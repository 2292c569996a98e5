#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/eval/metric.h"

namespace millrace::classification {

/// Top-k accuracy in percent:  100/N * |{n : label_n is among the k best scores of n, and its score is above thr}|.
///
///     Accuracy accuracy({.topk = {1, 5}});
///
/// Reads   pred_score (N, K) float, any device; else pred_label (N); gt_label (N) int64 in [0, K)
/// Gives   accuracy/top1, accuracy/top5; with several thrs accuracy/top1_thr-0.50, accuracy/top1_no-thr
/// Keeps   one counter for each k and thr, on the device, summed over ranks: memory does not grow with N
/// Throws  Error if K < k or a label is outside [0, K)
class Accuracy final : public Metric {
 public:
  struct Options {
    OneOrMany<int64_t> topk = 1;
    OneOrMany<std::optional<double>> thrs = std::optional<double>(0.0);
    MetricOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("topk", &Options::topk, "the values of k").at_least(1);
      f("thrs", &Options::thrs, "scores at or below this never count as correct; None: all count");
      f.flatten(&Options::common);
    }
  };
  Accuracy() : Accuracy(Options{}) {}
  explicit Accuracy(Options options);
  static Facts facts_of(const Options& options);
  void set_dataset_meta(const DatasetMeta& meta) override;
  void process(const Batch& batch) override;
  State partial() const override { return State::dict({{"counts", counts_}, {"of_labels", of_labels_}}); }
  void absorb(const State& partial) override;
  MetricMap compute() override;
  void reset() override { counts_ = at::Tensor(); }

 private:
  static constexpr const char* kPrefix = "accuracy";
  static std::vector<std::string> names_of(const Options& options);
  Options options_;
  int64_t named_ = 0;       // classes that the data name; 0: nobody knows
  bool of_labels_ = false;  // without scores: only top 1, by pred_label
  at::Tensor counts_;       // (len(topk) * len(thrs) + 1) int64: correct rows, k by k, then all rows
};

}  // namespace millrace::classification
