#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/tensor/state.h"

namespace millrace {

/// For metrics whose partial() is a sum: adds a tensor that another partial() gave, or nothing if that is None. A sum
/// that is undefined, since nothing was seen yet, becomes a copy. Throws Error if the shapes differ.
///
///     struct Counts {
///       State partial() const { return counts; }
///       void absorb(const State& partial) { add_to_sum(counts, partial); }
///       at::Tensor counts;
///     };
void add_to_sum(at::Tensor& sum, const State& partial);

}  // namespace millrace
