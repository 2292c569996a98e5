#pragma once

#include <optional>

#include "millrace/config/value.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// A value of a config as a State for a checkpoint: lists, tuples and dicts stay what they are; a class becomes the
/// text of its path, a set a list. Throws Error with its place for an integer beyond 64 bits.
State state_of(const Value& value);

/// The reverse. Nothing if a config can't express it: a tensor, bytes, a record, or something that contains one.
std::optional<Value> value_of(const State& state);

}  // namespace millrace
