#pragma once

#include <optional>
#include <string_view>

#include "millrace/checkpoint/pickle_graph.h"

namespace millrace {

/// Makes the tensor of a call of one of PyTorch's rebuild functions (torch/_utils.py). Nothing if `function` does not
/// rebuild a dense tensor (sparse, quantised and meta tensors, subclasses); then the call stays an object.
///
/// Throws std::invalid_argument with the reason if the arguments do not fit: their number and kinds, a view beyond its
/// storage, unreasonable sizes. `arguments` may be in the graph itself.
std::optional<PickleGraph::Ref> rebuild_tensor(PickleGraph& graph, std::string_view function,
                                               const std::vector<PickleGraph::Ref>& arguments);

/// A storage without a tensor, as a one-dimensional tensor over the same memory.
at::Tensor tensor_of(const PickleStorage& storage);

}  // namespace millrace
