#pragma once

#include <cstdint>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// A state as Python's repr() writes the same tree: "{'a': (1, 2.0), 'b': None}". Of a tensor its numbers, with `digits`
/// decimals if they are floats: "[[1.00, 2.00],\n [3.00, 4.00]]"; of one with more than two dimensions, with complex
/// numbers or with more than 1000 elements its size and type.
std::string python_text(const State& state, int64_t digits);

}  // namespace millrace
