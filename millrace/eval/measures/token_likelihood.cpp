#include "millrace/eval/measures/token_likelihood.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>

#include <cmath>

#include "millrace/eval/measures/defined.h"

namespace millrace {

at::Tensor token_sums(const at::Tensor& logits, const at::Tensor& targets, int64_t ignore_index) {
  const at::Tensor target = targets.to(logits.device(), at::kLong).flatten();
  const at::Tensor taken = target.ne(ignore_index).nonzero().squeeze(1);
  const at::Tensor rows = logits.to(at::kDouble).flatten(0, -2).index_select(0, taken);
  const at::Tensor own = at::log_softmax(rows, 1).gather(1, target.index_select(0, taken).unsqueeze(1));
  return at::stack({target.ne(ignore_index).sum().to(at::kDouble), -own.sum()});
}

TokenLikelihood token_likelihood(const at::Tensor& sums) {
  const at::Tensor table = sums.cpu().contiguous();
  const double* const sum = table.const_data_ptr<double>();
  const double mean = quotient(sum[1], sum[0]);
  return {std::exp(mean), mean, static_cast<int64_t>(sum[0])};
}

}  // namespace millrace
