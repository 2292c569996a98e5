#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "millrace/optim/optimizer.h"

namespace millrace {

/// Configs, for config_text(), that reach every rule of our own with each of its options that changes a formula.
std::vector<std::string> every_optimizer();

std::shared_ptr<Optimizer> optimizer_of(const std::string& config, std::vector<ParamGroup> groups);

/// The parameters that each test walks over: float64 unless another dtype is given; a matrix, a vector, a convolution of
/// 3 x 3 and one of 1 x 1, with values between -1 and 1.
std::vector<at::Tensor> walked_params(at::ScalarType dtype = at::kDouble);
/// The gradient of a step, of every parameter by itself: a function of its values and of the step. Some change their
/// sign from step to step.
void set_walk_grads(const std::vector<at::Tensor>& params, int64_t step);

}  // namespace millrace
