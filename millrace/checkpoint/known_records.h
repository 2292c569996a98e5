#pragma once

#include "millrace/tensor/state.h"

namespace millrace {

/// Converts records of classes that are common in checkpoints of Python programs to plain values:
///
///     numpy array (bool, integers, floats, complex)     tensor of the same type and shape
///     numpy scalar                                      bool, int or float
///     mmengine HistoryBuffer                            dict: values, counts (tensors), max_length
///     collections.Counter, collections.defaultdict      dict
///
/// Other records, and records that these classes would not write so, stay as they are.
State without_known_records(State state);

}  // namespace millrace
