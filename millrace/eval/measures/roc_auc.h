#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// The chance that a positive row has a higher score than a negative one; equal scores count one half (Mann and Whitney
/// 1947: the area under the ROC curve).
///
///     AUC = (sum of the ranks of the positive rows - P (P + 1) / 2) / (P Q)      P positive rows, Q negative ones
///
/// scores (N), positive (N) 0 or 1. Undefined (nan) unless there are both kinds.
double roc_auc(const at::Tensor& scores, const at::Tensor& positive);

/// Of each class against all others, K values. scores (N, K), labels (N) in [0, K).
std::vector<double> roc_auc_one_vs_rest(const at::Tensor& scores, const at::Tensor& labels);

/// The mean over the pairs of classes of the mean of two areas, each within the rows of the two classes: a against b by
/// the score of a, and b against a by that of b (Hand and Till 2001). Pairs with an absent class are left out;
/// undefined if none is left.
double roc_auc_one_vs_one(const at::Tensor& scores, const at::Tensor& labels);

}  // namespace millrace
