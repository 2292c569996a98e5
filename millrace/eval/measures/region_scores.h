#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// How well the regions of each class were found, as fractions, from the counts of pixels by true and predicted class
/// (see pair_counts; leave ignored pixels out before).
///
///     IoU = TP / (TP + FP + FN),    Dice = 2 TP / (2 TP + FP + FN)
///     precision = TP / (TP + FP),   recall = TP / (TP + FN), which is also the accuracy of the class
///     F = (1 + beta^2) precision recall / (beta^2 precision + recall)
///
/// A class that is neither in the truth nor in the prediction is undefined (nan), and left out of the means. Else a
/// quotient with divisor 0 is 0.
struct RegionScores {
  double all_accuracy;                                       // right pixels / pixels; undefined without pixels
  std::vector<double> iou, dice, precision, recall, fscore;  // K each
};
RegionScores region_scores(const at::Tensor& pair_counts, double beta = 1);

}  // namespace millrace
