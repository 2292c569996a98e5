#pragma once

#include <c10/core/Storage.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "millrace/tensor/state.h"

namespace millrace {

/// Gives the memory of storage `key` (the record `data/<key>`), of at least `size_bytes` bytes; throws Error if there
/// is no such storage or it is shorter. Asked twice for a key it gives the same memory.
using StorageLoader = std::function<c10::Storage(std::string_view key, int64_t size_bytes)>;

/// Reads a pickle that torch.save wrote (any protocol that it can be told, 1 to 5), on the CPU.
///
/// Nothing is executed: tensors, parameters, containers, numbers, text, bytes and torch.Size become states, an
/// OrderedDict a dict (its attributes, such as `_metadata`, are dropped); any other class or function becomes a Record
/// (a call of what another call gave has the type "()" and the arguments (callee, arguments)).
/// Tensors that share a storage share it here. A dict that says a key twice keeps the last value, as in Python.
///
/// Throws Error, with `path` as its place, for what is no such pickle, for one that would run code elsewhere (calls of
/// os.system, eval and their like), and for what would take memory or time out of proportion: rings, nesting deeper
/// than 500, shared objects that unfold to more than 128 MiB + 64 times the pickle.
State read_pickle(std::string_view pickle, const std::string& path, const StorageLoader& load_storage);

/// Reads a file that pickle.dump of Python 2 or 3 wrote, within the limits of read_pickle(). Arrays of NumPy become
/// tensors (see without_known_records); a string of Python 2 that is no UTF-8 becomes bytes.
State read_pickle_file(const std::string& path);

}  // namespace millrace
