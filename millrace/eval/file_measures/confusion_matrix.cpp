#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/file_measures/class_predictions.h"
#include "millrace/eval/measures/pair_counts.h"

namespace millrace {
namespace {

/// How often rows of each class were taken for each class.
///
/// Reads   labels (rows); predictions (rows), or scores (rows, classes)
/// Gives   matrix: a list for each true class, a number for each predicted one
class ConfusionMatrixOfFile final : public FileMeasure {
 public:
  struct Options {
    Required<int64_t> num_classes;

    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "number of classes").at_least(1);
    }
  };
  static std::string component_name() { return "confusion_matrix"; }
  explicit ConfusionMatrixOfFile(Options options) : options_(checked<ConfusionMatrixOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const int64_t classes = *options_.num_classes;
    const ClassPredictions read = class_predictions(inputs, classes);
    return figure_dict({{"matrix", pair_counts(read.predicted, read.labels, classes)}});
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, ConfusionMatrixOfFile, confusion_matrix);

}  // namespace millrace
