#include "millrace/nn/drop_path.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace::nn {

DropPathImpl::DropPathImpl(double prob) : prob_(prob) {
  if (!(prob >= 0 && prob < 1)) throw Error(fmt::format("DropPath takes a probability in [0, 1), got {}", prob));
}

at::Tensor DropPathImpl::forward(const at::Tensor& x) {
  if (!is_training() || prob_ == 0) return x;
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  const at::Tensor kept = at::empty(shape, x.options().requires_grad(false)).bernoulli_(1 - prob_);
  return x * kept.div_(1 - prob_);
}

}  // namespace millrace::nn
