#pragma once

#include <optional>

#include "millrace/config/value.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// What a config says, as a checkpoint holds it: lists stay lists, tuples tuples, dicts dicts; a class is the text of
/// its path, a set a list. Throws Error with its place for an integer beyond 64 bits.
State state_of(const Value& value);

/// The same back. Nothing for what no config can say: a tensor, bytes, a record, or something that holds one.
std::optional<Value> value_of(const State& state);

}  // namespace millrace
