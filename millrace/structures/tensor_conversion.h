#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "millrace/tensor/state.h"

namespace millrace {

/// What becomes of each tensor of a structure: another device, another dtype, no graph.
///
///     const Instances on_cpu = found.converted(detached_on_cpu());
using TensorConversion = std::function<at::Tensor(const at::Tensor&)>;

/// A copy of the tree with each of its tensors converted.
State converted(const State& tree, const TensorConversion& conversion);

TensorConversion on_device(const c10::Device& device);
TensorConversion as_dtype(at::ScalarType dtype);
TensorConversion detached();
TensorConversion detached_on_cpu();
/// Each tensor with its own memory.
TensorConversion cloned();

}  // namespace millrace
