#pragma once

#include <c10/core/Storage.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "millrace/tensor/state.h"

namespace millrace {

/// Gives the memory of storage `key` (the record `data/<key>`), of at least `size_bytes` bytes; throws Error if there
/// is no such storage or it is shorter. For the same key it gives the same memory again.
using StorageLoader = std::function<c10::Storage(std::string_view key, int64_t size_bytes)>;

/// Reads a pickle that torch.save wrote (protocols 1 to 5), on the CPU.
///
/// Nothing is executed: tensors, parameters, containers, numbers, text, bytes and torch.Size become states, an
/// OrderedDict a dict (its attributes, such as `_metadata`, are dropped); any other class or function becomes a Record.
/// (If a call's function is itself the result of a call, the Record has the type "()" and the arguments (callee,
/// arguments).) Tensors that share a storage share it here, too. If a dict has a key twice, the last value counts, as
/// in Python.
///
/// Throws Error, with `path` as its place, for other data, for a pickle that would run code elsewhere (calls of
/// os.system, eval and so on), and for one that would need too much memory or time: cycles, nesting deeper than 500,
/// shared objects that unfold to more than 128 MiB + 64 times the pickle.
State read_pickle(std::string_view pickle, const std::string& path, const StorageLoader& load_storage);

/// Reads a file that pickle.dump of Python 2 or 3 wrote, within the limits of read_pickle(). Arrays of NumPy become
/// tensors (see without_known_records); a string of Python 2 that is not UTF-8 becomes bytes.
State read_pickle_file(const std::string& path);

}  // namespace millrace
