#pragma once

#include <c10/core/Storage.h>

#include <string>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// A state as `torch.save` would write it: the pickle and the storages of its tensors.
struct PickledState {
  struct Block {
    c10::Storage storage;  // on the CPU; kept alive until it is written
    size_t size_bytes;     // whole elements
  };
  std::string pickle;           // the record `data.pkl`
  std::vector<Block> storages;  // the records `data/0`, `data/1`, …
};

/// Pickles a state (protocol 2) so that `torch.load` with its default arguments, weights only, reads all of it. Tensors
/// that share memory still share it when they are read; strides, requires_grad and views are kept; tensors of other
/// devices are copied to the CPU.
///
/// Throws Error with the place in the tree for values that such a file can't hold: records of classes that torch.load
/// refuses, sparse, quantised or nested tensors, text that is not UTF-8, keys that are not scalars, trees deeper than
/// 500.
PickledState pickle_state(const State& state);

/// Pickles a state (protocol 4) as Python's pickle.dump would, so that pickle.load reads it in a process that has torch:
/// the storages are in the pickle. Each tensor is written with its own elements alone, contiguous. Throws Error as
/// pickle_state does.
std::string pickle_with_storages(const State& state);

}  // namespace millrace
