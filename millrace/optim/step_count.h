#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// The number of steps of a parameter, as torch.optim stores it in a state: (), float32 on the parameter's device, as
/// libtorch's fused kernels need it.
at::Tensor new_step_count(const at::Tensor& param);

/// Adds one to each count; all are on one device.
void count_step_(const std::vector<at::Tensor>& counts);

/// Another number of a parameter's state (NAdam's mu_product): (), float64 for a float64 parameter, else float32, on the
/// CPU.
at::Tensor new_number(const at::Tensor& param, double value);

/// The value of a count or a number.
double number_of(const at::Tensor& number);
/// What is stored after rounding to the number's dtype.
double set_number_(const at::Tensor& number, double value);

}  // namespace millrace
