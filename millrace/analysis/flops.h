#pragma once

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <string_view>

namespace millrace {

/// The FLOPs of a call of an operator. A multiplication together with the addition of its product counts as one, as in
/// fvcore and MMEngine. Activations, sums, copies, biases and everything not in this table count as nothing.
///
///     convolution              N * prod(output's size) * prod(weight's shape); transposed: the input's size
///     linear, mm, bmm, mv      prod(left's shape) * columns of the right; einsum and matmul run one of them
///     bilinear                 rows * prod(weight's shape)
///     attention                both products: queries * keys * (width of a key + width of a value)
///     lstm, gru, rnn           rows * prod(shape) of each matrix
///     batch norm, evaluation   2 per element, 1 without weight and bias
///     other norms, training    5 per element, 4 without weight and bias
///     adaptive average pool    1 per element of the input
///     upsampling               per element of the output: nearest 1, bilinear 4; grid_sample 4
///     embedding                nothing
struct Flops {
  int64_t fixed = 0;
  int64_t per_output = 0;  // for each element of the output
  int64_t per_place = 0;   // for each of N times the places of an (N, C, …) output

  int64_t total(const at::Tensor& output) const;
};

/// The FLOPs of a call; `arguments` are those of the operator's schema. False: it is not in the table.
bool flops_of_operator(std::string_view name, c10::ArrayRef<const c10::IValue> arguments, Flops& flops);

}  // namespace millrace
