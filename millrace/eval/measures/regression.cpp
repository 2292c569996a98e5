#include "millrace/eval/measures/regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>

#include "millrace/eval/measures/defined.h"

namespace millrace {

at::Tensor regression_sums(const at::Tensor& predictions, const at::Tensor& targets) {
  const at::Tensor truth = targets.to(at::kDouble), error = predictions.to(at::kDouble) - truth;
  const at::Tensor mean = truth.size(0) == 0 ? truth.sum(0) : truth.mean(0);
  return at::stack({at::full_like(mean, truth.size(0)), error.abs().sum(0), error.square().sum(0), mean,
                    (truth - mean).square().sum(0)});
}

at::Tensor merged_regression(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor other = b.to(a.device());
  const at::Tensor rows = a[0] + other[0], apart = other[3] - a[3], share = other[0] / rows.clamp_min(1);
  return at::stack(
      {rows, a[1] + other[1], a[2] + other[2], a[3] + apart * share, a[4] + other[4] + apart.square() * a[0] * share});
}

RegressionErrors regression_errors(const at::Tensor& sums) {
  const at::Tensor table = sums.cpu().contiguous();
  const int64_t numbers = table.size(1);
  const double* const at = table.const_data_ptr<double>();
  RegressionErrors errors;
  for (int64_t d = 0; d < numbers; ++d) {
    const double rows = at[d], absolute = at[numbers + d], squared = at[2 * numbers + d], spread = at[4 * numbers + d];
    errors.mae.push_back(quotient(absolute, rows));
    errors.mse.push_back(quotient(squared, rows));
    errors.r2.push_back(rows < 2 ? kUndefined : spread > 0 ? 1 - squared / spread : squared == 0 ? 1 : 0);
  }
  return errors;
}

}  // namespace millrace
