#pragma once

#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// A state as one line of JSON in Python's spelling: ", " and ": ", 1.0, 1e-05, NaN, Infinity. Tensors become nested
/// lists (fetched from their device), bytes and records null, keys that are not strings their text.
std::string to_json(const State& value);
/// Appends the same to `out`.
void append_json(std::string& out, const State& value);
void append_json_string(std::string& out, const std::string& text);

}  // namespace millrace
