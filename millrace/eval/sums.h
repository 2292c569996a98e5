#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/tensor/state.h"

namespace millrace {

/// For metrics whose partial() is a sum: adds the tensor of another partial(), or nothing if that is None. An undefined
/// sum, before the first batch, becomes a copy. Throws Error if the shapes differ.
///
///     struct Counts {
///       State partial() const { return counts; }
///       void absorb(const State& partial) { add_to_sum(counts, partial); }
///       at::Tensor counts;
///     };
void add_to_sum(at::Tensor& sum, const State& partial);

}  // namespace millrace
