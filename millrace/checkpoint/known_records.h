#pragma once

#include "millrace/tensor/state.h"

namespace millrace {

/// The state with each record of a class that checkpoints of Python programs commonly hold turned into what it means:
///
///     numpy array (bool, integers, floats, complex)     tensor of the same type and shape
///     numpy scalar                                      bool, int or float
///     mmengine HistoryBuffer                            dict: values, counts (tensors), max_length
///     collections.Counter, collections.defaultdict      dict
///
/// All other records, and those that don't look as these classes write them, stay as they are.
State without_known_records(State state);

}  // namespace millrace
