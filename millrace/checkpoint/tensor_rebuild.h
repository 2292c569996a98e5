#pragma once

#include <optional>
#include <string_view>

#include "millrace/checkpoint/pickle_graph.h"

namespace millrace {

/// Makes what a call of one of PyTorch's rebuild functions (torch/_utils.py) means; nothing if `function` is no such
/// function of a dense tensor, so that the call stays an object: sparse, quantised and meta tensors, subclasses.
///
/// Throws std::invalid_argument, saying what is wrong, if the arguments do not fit: in number and kind, in a view that
/// leaves its storage, in sizes out of proportion. `arguments` may be in the graph itself.
std::optional<PickleGraph::Ref> rebuild_tensor(PickleGraph& graph, std::string_view function,
                                               const std::vector<PickleGraph::Ref>& arguments);

/// A storage that is no tensor's alone: as one-dimensional tensor over the same memory.
at::Tensor tensor_of(const PickleStorage& storage);

}  // namespace millrace
