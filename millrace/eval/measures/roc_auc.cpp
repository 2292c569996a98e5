#include "millrace/eval/measures/roc_auc.h"

#include <ATen/ops/sort.h>

#include <cmath>

#include "millrace/eval/measures/defined.h"

namespace millrace {

double roc_auc(const at::Tensor& scores, const at::Tensor& positive) {
  const auto [sorted, order] = at::sort(scores.cpu().to(at::kDouble), /*stable=*/true, /*dim=*/0, /*descending=*/false);
  const at::Tensor values = sorted.contiguous();
  const at::Tensor kinds = positive.cpu().to(at::kDouble).index_select(0, order).contiguous();
  const double* const score = values.const_data_ptr<double>();
  const double* const kind = kinds.const_data_ptr<double>();
  const int64_t rows = kinds.size(0);
  const auto positives = kinds.sum().item<double>();
  const double negatives = static_cast<double>(rows) - positives;
  double rank_sum = 0;
  for (int64_t begin = 0, end = 0; begin < rows; begin = end) {
    double within = 0;
    for (end = begin; end < rows && (end == begin || score[end] == score[begin]); ++end) within += kind[end];
    rank_sum += within * static_cast<double>(begin + 1 + end) / 2;  // equal scores share the mean of their ranks
  }
  return quotient(rank_sum - positives * (positives + 1) / 2, positives * negatives);
}

std::vector<double> roc_auc_one_vs_rest(const at::Tensor& scores, const at::Tensor& labels) {
  std::vector<double> areas;
  for (int64_t c = 0; c < scores.size(1); ++c) areas.push_back(roc_auc(scores.select(1, c), labels.eq(c)));
  return areas;
}

double roc_auc_one_vs_one(const at::Tensor& scores, const at::Tensor& labels) {
  std::vector<double> pairs;
  for (int64_t a = 0; a < scores.size(1); ++a)
    for (int64_t b = a + 1; b < scores.size(1); ++b) {
      const at::Tensor rows = labels.eq(a).logical_or(labels.eq(b)).nonzero().squeeze(1);
      const at::Tensor own = scores.index_select(0, rows), kinds = labels.index_select(0, rows);
      pairs.push_back((roc_auc(own.select(1, a), kinds.eq(a)) + roc_auc(own.select(1, b), kinds.eq(b))) / 2);
    }
  return mean_of_defined(pairs);
}

}  // namespace millrace
