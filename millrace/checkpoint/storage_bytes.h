#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

#include "millrace/checkpoint/pickle_graph.h"

namespace millrace {

// The storage of a tensor in a plain pickle. Python's pickle.dump writes it as a call of torch.storage._load_from_bytes,
// whose argument is a file of torch.save in the format before PyTorch 1.6: pickles of a magic number, of a version, of
// facts on the machine, of the storage and of the list of storages, then for each storage the number of its elements
// and the elements.

/// The bytes for the memory of `tensor`, which is contiguous and on the CPU. A dtype without a storage class of its own
/// is stored as uint8: PyTorch 2.13 writes untyped storages here that it can't read.
std::string storage_bytes(const at::Tensor& tensor);

/// The storage in such bytes; it owns its memory. Throws std::invalid_argument with the reason for any other bytes.
/// Nothing in them is executed.
PickleStorage storage_of_bytes(std::string_view bytes);

}  // namespace millrace
