#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace millrace {

/// Three counts of each class, (3, K) int64 on the device of the labels:
///
///     row 0   rows with this label
///     row 1   rows that were predicted to be of this class
///     row 2   rows of both kinds: right predictions
///
/// predicted, labels (N) int64 in [0, K); `taken` (N) 0 or 1, or undefined: predictions that are not taken count in row
/// 0 alone. Counts of several batches are added.
at::Tensor class_counts(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes,
                        const at::Tensor& taken = {});

/// Precision, recall and F1 of each class, as fractions, and the rows with its label.
///
///     precision = right / predicted,  recall = right / labels,  f1 = 2 right / (predicted + labels)
///
/// A quotient with divisor 0 is 0.
struct PrecisionRecall {
  std::vector<double> precision, recall, f1;  // K each
  std::vector<int64_t> support;
};
PrecisionRecall precision_recall(const at::Tensor& counts);

/// One value for all classes.
struct AveragedScores {
  double precision, recall, f1;
};
/// The mean over all classes, absent ones too; undefined without classes.
AveragedScores macro_average(const PrecisionRecall& scores);
/// The mean weighted by support; undefined without rows.
AveragedScores weighted_average(const PrecisionRecall& scores);
/// From the counts of all classes together.
AveragedScores micro_average(const at::Tensor& counts);

}  // namespace millrace
