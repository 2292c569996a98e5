#include "millrace/optim/step_count.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/full.h>
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

at::Tensor new_number(const at::Tensor& param, double value) {
  return at::full({}, value, param.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

double number_of(const at::Tensor& number) {
  if (!number.is_cpu()) return number.item<double>();
  return number.scalar_type() == at::kDouble ? *number.const_data_ptr<double>()
                                             : static_cast<double>(*number.const_data_ptr<float>());
}

double set_number_(const at::Tensor& number, double value) {
  if (number.scalar_type() == at::kDouble) return *number.mutable_data_ptr<double>() = value;
  return *number.mutable_data_ptr<float>() = static_cast<float>(value);
}

}  // namespace millrace
