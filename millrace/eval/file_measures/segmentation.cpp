#include <fmt/format.h>

#include <cmath>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/defined.h"
#include "millrace/eval/measures/pair_counts.h"
#include "millrace/eval/measures/region_scores.h"

namespace millrace {
namespace {

/// IoU, accuracy, Dice, precision, recall and F of the classes of pixels, over the pixels that are not ignored.
///
/// Reads   predictions, labels (rows, columns), or (images, rows, columns)
/// Gives   aAcc (share of right pixels); IoU, Acc, Dice, precision, recall, fscore_beta_2 (lists, undefined for a class
///         that is in neither), and their means mIoU, mAcc, mDice, mPrecision, mRecall, mFscore_beta_2
class SegmentationOfFile final : public FileMeasure {
 public:
  struct Options {
    Required<int64_t> num_classes;
    std::optional<int64_t> ignore_index = 255;
    double beta = 2;
    std::optional<double> nan_to_num{};

    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "number of classes").at_least(1);
      f("ignore_index", &Options::ignore_index, "label of the pixels that do not count; None: all count");
      f("beta", &Options::beta, "weight of recall in F; its figures are named after it").above(0);
      f("nan_to_num", &Options::nan_to_num, "value for an undefined figure, also in the means; None: left out of them");
    }
  };
  static std::string component_name() { return "segmentation"; }
  explicit SegmentationOfFile(Options options) : options_(checked<SegmentationOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const int64_t classes = *options_.num_classes;
    FileInputs::Dimensions pixels = {"rows", "columns"};
    if (inputs.levels("labels") == 3) pixels.insert(pixels.begin(), "images");
    const at::Tensor labels = inputs.labels("labels", pixels, classes, options_.ignore_index);
    at::Tensor predictions = inputs.integers("predictions", pixels);
    at::Tensor truth = labels;
    if (options_.ignore_index) {
      const at::Tensor counted = labels.ne(*options_.ignore_index);
      predictions = predictions.masked_select(counted), truth = labels.masked_select(counted);
    }
    const at::Tensor wrong = predictions.lt(0).logical_or(predictions.ge(classes));
    if (wrong.any().item<bool>())
      throw inputs.refusal("predictions",
                           fmt::format("has the class {}, there are {} classes: 0 to {}",
                                       predictions.masked_select(wrong)[0].item<int64_t>(), classes, classes - 1));
    return figures_of(region_scores(pair_counts(predictions, truth, classes), options_.beta));
  }

 private:
  State figures_of(const RegionScores& scores) const {
    const std::string fscore = fmt::format("score_beta_{}", options_.beta);
    State figures = figure_dict({{"aAcc", figure(scores.all_accuracy)}});
    add(figures, "IoU", "mIoU", scores.iou);
    add(figures, "Acc", "mAcc", scores.recall);
    add(figures, "Dice", "mDice", scores.dice);
    add(figures, "precision", "mPrecision", scores.precision);
    add(figures, "recall", "mRecall", scores.recall);
    add(figures, "f" + fscore, "mF" + fscore, scores.fscore);
    return figures;
  }

  void add(State& figures, const std::string& name, const std::string& mean, std::vector<double> values) const {
    for (double& value : values)
      if (std::isnan(value) && options_.nan_to_num) value = *options_.nan_to_num;
    figures[name] = figure_list(values);
    figures[mean] = figure(mean_of_defined(values));
  }

  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, SegmentationOfFile, segmentation);

}  // namespace millrace
