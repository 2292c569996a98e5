#include "millrace/eval/measures/pair_counts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

namespace millrace {

at::Tensor pair_counts(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes) {
  const at::Tensor truth = labels.to(at::kLong).flatten();
  const at::Tensor guess = predicted.to(truth.device(), at::kLong).flatten();
  at::Tensor counts = at::zeros({classes, classes}, truth.options());
  counts.view({-1}).scatter_add_(0, truth * classes + guess, at::ones_like(truth));
  return counts;
}

}  // namespace millrace
