#include "millrace/optim/step_count.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/zeros.h>

namespace millrace {

at::Tensor new_step_count(const at::Tensor& param) {
  return at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(param.device()));
}

void count_step_(const std::vector<at::Tensor>& counts) {
  if (!counts[0].is_cpu()) {
    at::_foreach_add_(counts, 1);
    return;
  }
  for (const at::Tensor& count : counts) *count.mutable_data_ptr<float>() += 1;
}

}  // namespace millrace
