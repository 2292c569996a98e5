#include "millrace/eval/measures/average_precision.h"

#include <ATen/ops/sort.h>

namespace millrace {

double average_precision(const at::Tensor& scores, const at::Tensor& positive) {
  const auto [sorted, order] = at::sort(scores.cpu().to(at::kDouble), /*stable=*/true, /*dim=*/0, /*descending=*/true);
  const at::Tensor hits = positive.cpu().to(at::kDouble).index_select(0, order).contiguous();
  const at::Tensor values = sorted.contiguous();
  const double* const score = values.const_data_ptr<double>();
  const double* const hit = hits.const_data_ptr<double>();
  const int64_t rows = hits.size(0);
  const auto all = hits.sum().item<double>();
  if (all == 0) return 0;
  double area = 0, found = 0, before = 0;
  for (int64_t n = 0; n < rows; ++n) {
    found += hit[n];
    if (n + 1 < rows && score[n + 1] == score[n]) continue;
    area += (found - before) / all * (found / static_cast<double>(n + 1));
    before = found;
  }
  return area;
}

}  // namespace millrace
