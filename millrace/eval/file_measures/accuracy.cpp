#include <fmt/format.h>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/defined.h"
#include "millrace/eval/measures/threshold_name.h"
#include "millrace/eval/measures/topk.h"

namespace millrace {
namespace {

/// Top-k accuracy, as scikit-learn's top_k_accuracy_score: of equal scores the higher class comes first.
///
/// Reads   scores (rows, classes), labels (rows) in [0, classes)
/// Gives   top1, top5; with several thrs top1_thr-0.50, top1_no-thr; undefined without rows
class AccuracyOfFile final : public FileMeasure {
 public:
  struct Options {
    OneOrMany<int64_t> topk = 1;
    OneOrMany<std::optional<double>> thrs = std::optional<double>();

    template <class Fields>
    static void describe(Fields& f) {
      f("topk", &Options::topk, "the values of k").at_least(1);
      f("thrs", &Options::thrs, "scores at or below this never count as correct; None: all count");
    }
  };
  static std::string component_name() { return "accuracy"; }
  explicit AccuracyOfFile(Options options) : options_(checked<AccuracyOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const at::Tensor scores = inputs.numbers("scores", {"rows", "classes"});
    const at::Tensor labels = inputs.labels("labels", {"rows"}, scores.size(1));
    const std::vector<int64_t> ks(options_.topk.begin(), options_.topk.end());
    const std::vector<std::optional<double>> thrs(options_.thrs.begin(), options_.thrs.end());
    const at::Tensor hits = topk_hits(scores, labels, ks, thrs, Ties::higher_class);
    State figures = State::dict();
    int64_t at = 0;
    for (const int64_t k : ks)
      for (const auto& thr : thrs)
        figures[fmt::format("top{}{}", k, threshold_suffix(thr, thrs.size()))] =
            figure(quotient(hits[at++].item<double>(), static_cast<double>(scores.size(0))));
    return figures;
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, AccuracyOfFile, accuracy);

}  // namespace millrace
