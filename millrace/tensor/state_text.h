#pragma once

#include <cstdint>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// A state as Python's repr() writes the same tree: "{'a': (1, 2.0), 'b': None}". A tensor is written as its numbers,
/// floats with `digits` decimals: "[[1.00, 2.00],\n [3.00, 4.00]]". If it has more than two dimensions, complex numbers
/// or more than 1000 elements, only its size and type are written.
std::string python_text(const State& state, int64_t digits);

}  // namespace millrace
