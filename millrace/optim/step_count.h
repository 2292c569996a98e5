#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// The steps that a parameter has taken, as torch.optim keeps them in a state: (), float32 on the parameter's device,
/// which is what libtorch's fused kernels read.
at::Tensor new_step_count(const at::Tensor& param);

/// Adds one to each; all are on one device.
void count_step_(const std::vector<at::Tensor>& counts);

}  // namespace millrace
