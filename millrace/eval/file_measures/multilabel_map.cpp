#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/average_precision.h"
#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// Average precision of rows that may have several labels, as scikit-learn's average_precision_score.
///
/// Reads   scores (rows, classes), targets (rows, classes) 0 or 1
/// Gives   ap_per_class (0 for a class without a positive row), mAP (their mean), mAP_micro (of all pairs of row and
///         class together)
class MultilabelMapOfFile final : public FileMeasure {
 public:
  static std::string component_name() { return "multilabel_map"; }

  State figures(FileInputs& inputs) const override {
    const at::Tensor scores = inputs.numbers("scores", {"rows", "classes"});
    const at::Tensor targets = inputs.labels("targets", {"rows", "classes"}, 2);
    std::vector<double> precisions;
    for (int64_t c = 0; c < scores.size(1); ++c)
      precisions.push_back(average_precision(scores.select(1, c), targets.select(1, c)));
    return figure_dict(
        {{"ap_per_class", figure_list(precisions)},
         {"mAP", figure(mean_of_defined(precisions))},
         {"mAP_micro",
          figure(scores.numel() == 0 ? kUndefined : average_precision(scores.flatten(), targets.flatten()))}});
  }
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, MultilabelMapOfFile, multilabel_map);

}  // namespace millrace
