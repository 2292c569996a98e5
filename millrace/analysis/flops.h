#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>

namespace torch::nn {
class Module;
}

namespace millrace {

/// What a call of a layer takes. One multiplication with the addition of its product counts as one, as in fvcore and
/// MMEngine; activations, pooling but for the one below, copies and biases count nothing.
///
///     convolution              N * prod(output size) * prod(weight's shape); transposed: the input's size
///     linear                   rows * in_features * out_features
///     batch norm, evaluation   2 an element, 1 without weight and bias
///     other norms, training    5 an element, 4 without weight and bias
///     adaptive average pool    1 an element of the input
///
/// None for a layer of another kind that has parameters: nobody knows.
std::optional<int64_t> flops_of_call(const torch::nn::Module& layer, std::span<const at::Tensor> inputs,
                                     std::span<const at::Tensor> outputs);

}  // namespace millrace
