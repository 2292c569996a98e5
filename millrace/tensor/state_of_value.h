#pragma once

#include "millrace/config/value.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// A part of a config as a state: lists, tuples and dicts keep their kind, a set becomes a list, an imported name its
/// dotted path. Throws Error with its place for an integer beyond 64 bits.
State state_of(const Value& value);

}  // namespace millrace
