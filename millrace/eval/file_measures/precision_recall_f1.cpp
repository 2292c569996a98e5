#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/file_measures/class_predictions.h"
#include "millrace/eval/measures/class_counts.h"
#include "millrace/eval/measures/threshold_name.h"

namespace millrace {
namespace {

/// Precision, recall, F1 and support of classes, as scikit-learn's precision_recall_fscore_support with
/// zero_division=0; macro is the mean over all classes.
///
/// Reads   labels (rows); predictions (rows), or scores (rows, classes)
/// Gives   macro, micro, weighted (precision, recall, f1 each), per_class (lists of them), support (a list); with
///         several thrs all of it in `thr-0.50`, `no-thr`
class PrecisionRecallF1OfFile final : public FileMeasure {
 public:
  enum class Average { all, macro, micro, weighted };
  struct Options {
    Required<int64_t> num_classes;
    std::optional<Average> average = Average::all;
    OneOrMany<std::optional<double>> thrs = std::optional<double>();

    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "number of classes").at_least(1);
      f("average", &Options::average, "which figures to give; None: those of each class alone");
      f("thrs", &Options::thrs, "predictions whose score is at or below this do not count; None: all count");
    }
  };
  static std::string component_name() { return "precision_recall_f1"; }
  explicit PrecisionRecallF1OfFile(Options options) : options_(checked<PrecisionRecallF1OfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const ClassPredictions read = class_predictions(inputs, *options_.num_classes);
    State all = State::dict();
    for (const auto& thr : options_.thrs) {
      if (thr && !read.score.defined()) throw inputs.refusal("predictions", "have no scores to compare with thrs");
      const at::Tensor counts =
          class_counts(read.predicted, read.labels, *options_.num_classes, thr ? read.score.gt(*thr) : at::Tensor());
      State figures = figures_of(counts);
      if (options_.thrs.size() == 1) return figures;
      all[threshold_suffix(thr, options_.thrs.size()).substr(1)] = std::move(figures);
    }
    return all;
  }

 private:
  State figures_of(const at::Tensor& counts) const {
    const PrecisionRecall scores = precision_recall(counts);
    const auto averaged = [](const AveragedScores& of) {
      return figure_dict({{"precision", figure(of.precision)}, {"recall", figure(of.recall)}, {"f1", figure(of.f1)}});
    };
    const bool all = options_.average == Average::all;
    State figures = State::dict();
    if (all || options_.average == Average::macro) figures["macro"] = averaged(macro_average(scores));
    if (all || options_.average == Average::micro) figures["micro"] = averaged(micro_average(counts));
    if (all || options_.average == Average::weighted) figures["weighted"] = averaged(weighted_average(scores));
    if (all || !options_.average)
      figures["per_class"] = figure_dict({{"precision", figure_list(scores.precision)},
                                          {"recall", figure_list(scores.recall)},
                                          {"f1", figure_list(scores.f1)}});
    State::List support;
    for (const int64_t rows : scores.support) support.emplace_back(rows);
    figures["support"] = State::list(std::move(support));
    return figures;
  }

  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, PrecisionRecallF1OfFile, precision_recall_f1);

}  // namespace millrace
