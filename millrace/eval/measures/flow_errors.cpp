#include "millrace/eval/measures/flow_errors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include "millrace/eval/measures/defined.h"

namespace millrace {

at::Tensor flow_sums(const at::Tensor& predictions, const at::Tensor& flow, const at::Tensor& valid) {
  const at::Tensor truth = flow.to(at::kDouble);
  const at::Tensor distance = (predictions.to(truth.device(), at::kDouble) - truth).square().sum(-1).sqrt();
  const at::Tensor length = truth.square().sum(-1).sqrt();
  const at::Tensor taken = valid.to(truth.device()).gt(0);
  const auto count = [&](const at::Tensor& among) { return among.logical_and(taken).sum().to(at::kDouble); };
  return at::stack({at::full({}, static_cast<double>(distance.numel()), truth.options()), distance.sum(),
                    taken.sum().to(at::kDouble), distance.masked_select(taken).sum(),
                    count(distance.gt(3).logical_and(distance.gt(0.05 * length))), count(distance.lt(1)),
                    count(distance.lt(3)), count(distance.lt(5))});
}

FlowErrors flow_errors(const at::Tensor& sums) {
  const at::Tensor table = sums.cpu().contiguous();
  const double* const sum = table.const_data_ptr<double>();
  const auto of_valid = [&](int64_t i) { return quotient(sum[i], sum[2]); };
  return {.epe = of_valid(3),
          .epe_all = quotient(sum[1], sum[0]),
          .fl_all = of_valid(4),
          .px1 = of_valid(5),
          .px3 = of_valid(6),
          .px5 = of_valid(7)};
}

}  // namespace millrace
