#include <fmt/format.h>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/retrieval_scores.h"

namespace millrace {
namespace {

/// How good rankings are, as means over queries.
///
/// Reads   scores (queries, items), relevant (queries, items) 0 or 1
/// Gives   mAP, mrr; for each k recall@k (divided by all relevant items), hit@k (whether there is one), precision@k
class RetrievalOfFile final : public FileMeasure {
 public:
  struct Options {
    OneOrMany<int64_t> topk = std::vector<int64_t>{1, 3, 5, 10};

    template <class Fields>
    static void describe(Fields& f) {
      f("topk", &Options::topk, "the values of k").at_least(1);
    }
  };
  static std::string component_name() { return "retrieval"; }
  explicit RetrievalOfFile(Options options) : options_(checked<RetrievalOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const at::Tensor scores = inputs.numbers("scores", {"queries", "items"});
    const at::Tensor relevant = inputs.labels("relevant", {"queries", "items"}, 2);
    const std::vector<int64_t> ks(options_.topk.begin(), options_.topk.end());
    const RetrievalScores found = retrieval_scores(retrieval_sums(scores, relevant, ks));
    State figures =
        figure_dict({{"mAP", figure(found.mean_average_precision)}, {"mrr", figure(found.mean_reciprocal_rank)}});
    for (size_t i = 0; i < ks.size(); ++i) {
      figures[fmt::format("recall@{}", ks[i])] = figure(found.recall[i]);
      figures[fmt::format("hit@{}", ks[i])] = figure(found.hit[i]);
      figures[fmt::format("precision@{}", ks[i])] = figure(found.precision[i]);
    }
    return figures;
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, RetrievalOfFile, retrieval);

}  // namespace millrace
