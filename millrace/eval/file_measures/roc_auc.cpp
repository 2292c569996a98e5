#include "millrace/eval/measures/roc_auc.h"

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// The area under the ROC curve, as scikit-learn's roc_auc_score; equal scores count one half.
///
/// Reads   binary_scores (binary rows), binary_labels (binary rows) 0 or 1; probabilities (rows, classes), labels
///         (rows); one pair of them may be absent
/// Gives   binary; multiclass_ovr_macro, multiclass_ovo_macro, one_vs_rest (a list, undefined for an absent class,
///         which the means leave out)
class RocAucOfFile final : public FileMeasure {
 public:
  static std::string component_name() { return "roc_auc"; }

  State figures(FileInputs& inputs) const override {
    State figures = State::dict();
    const bool is_multiclass = inputs.has("probabilities") || inputs.has("labels");
    if (!is_multiclass || inputs.has("binary_scores") || inputs.has("binary_labels")) {
      const at::Tensor scores = inputs.numbers("binary_scores", {"binary rows"});
      figures["binary"] = figure(roc_auc(scores, inputs.labels("binary_labels", {"binary rows"}, 2)));
    }
    if (!is_multiclass) return figures;
    const at::Tensor scores = inputs.numbers("probabilities", {"rows", "classes"});
    const at::Tensor labels = inputs.labels("labels", {"rows"}, scores.size(1));
    const std::vector<double> areas = roc_auc_one_vs_rest(scores, labels);
    figures["multiclass_ovr_macro"] = figure(mean_of_defined(areas));
    figures["multiclass_ovo_macro"] = figure(roc_auc_one_vs_one(scores, labels));
    figures["one_vs_rest"] = figure_list(areas);
    return figures;
  }
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, RocAucOfFile, roc_auc);

}  // namespace millrace
