#include "millrace/eval/measures/depth_errors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

#include "millrace/eval/measures/defined.h"

namespace millrace {

at::Tensor depth_sums(const at::Tensor& predictions, const at::Tensor& depths, double min_depth, double max_depth) {
  const at::Tensor valid = depths.gt(min_depth).logical_and(depths.lt(max_depth));
  const at::Tensor t = depths.masked_select(valid).to(at::kDouble);
  const at::Tensor p = predictions.to(depths.device()).masked_select(valid).to(at::kDouble).clamp(min_depth, max_depth);
  const at::Tensor error = p - t, l = p.log() - t.log(), ratio = at::maximum(p / t, t / p);
  const auto below = [&](double limit) { return ratio.lt(limit).sum().to(at::kDouble); };
  return at::stack({at::full({}, static_cast<double>(t.numel()), t.options()), (error.abs() / t).sum(),
                    (error.square() / t).sum(), error.square().sum(), l.square().sum(), l.sum(),
                    (p.log10() - t.log10()).abs().sum(), below(1.25), below(1.25 * 1.25), below(1.25 * 1.25 * 1.25)});
}

DepthErrors depth_errors(const at::Tensor& sums) {
  const at::Tensor table = sums.cpu().contiguous();
  const double* const sum = table.const_data_ptr<double>();
  const auto mean = [&](int64_t i) { return quotient(sum[i], sum[0]); };
  const double spread = mean(4) - mean(5) * mean(5);
  return {.abs_rel = mean(1),
          .sq_rel = mean(2),
          .rmse = std::sqrt(mean(3)),
          .rmse_log = std::sqrt(mean(4)),
          .log10 = mean(6),
          .silog = std::isnan(spread) ? spread : std::sqrt(std::max(spread, 0.0)),
          .delta1 = mean(7),
          .delta2 = mean(8),
          .delta3 = mean(9),
          .valid = static_cast<int64_t>(sum[0])};
}

}  // namespace millrace
