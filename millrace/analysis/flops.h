#pragma once

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <string_view>

namespace millrace {

/// What a call of an operator takes. One multiplication with the addition of its product counts as one, as in fvcore
/// and MMEngine; activations, sums, copies, biases and whatever is not in this table count nothing.
///
///     convolution              N * prod(output's size) * prod(weight's shape); transposed: the input's size
///     linear, mm, bmm, mv      prod(left's shape) * columns of the right; what einsum and matmul run is one of them
///     bilinear                 rows * prod(weight's shape)
///     attention                both products: queries * keys * (width of a key + width of a value)
///     lstm, gru, rnn           rows * prod(shape) of each matrix
///     batch norm, evaluation   2 an element, 1 without weight and bias
///     other norms, training    5 an element, 4 without weight and bias
///     adaptive average pool    1 an element of the input
///     upsampling               an element of the output: nearest 1, bilinear 4; grid_sample 4
///     embedding                nothing
struct Flops {
  int64_t fixed = 0;
  int64_t per_output = 0;  // for each element of the output
  int64_t per_place = 0;   // for each of N times the places of an (N, C, …) output

  int64_t total(const at::Tensor& output) const;
};

/// What the operator will take; `arguments` are those of its schema. False: it is not in the table.
bool flops_of_operator(std::string_view name, c10::ArrayRef<const c10::IValue> arguments, Flops& flops);

}  // namespace millrace
