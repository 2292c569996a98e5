#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// The number of steps of a parameter, as torch.optim stores it in a state: (), float32 on the parameter's device, as
/// libtorch's fused kernels need it.
at::Tensor new_step_count(const at::Tensor& param);

/// Adds one to each count; all are on one device.
void count_step_(const std::vector<at::Tensor>& counts);

}  // namespace millrace
