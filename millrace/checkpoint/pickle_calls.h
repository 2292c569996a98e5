#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "millrace/checkpoint/pickle_graph.h"
#include "millrace/checkpoint/pickle_reader.h"

namespace millrace {

/// The meaning of the calls and names in a pickle. All functions throw std::invalid_argument with the reason.

/// True for functions that a state never needs, but attacks on other readers do: os.system, eval and so on. Here they
/// would do nothing. A file that names one is refused all the same, so that nobody passes it on.
bool is_attack(std::string_view function);

/// Makes the result of a call, if it makes a tensor, a container, bytes or a torch.Size; `arguments` may be in the
/// graph itself.
std::optional<PickleGraph::Ref> known_call(PickleGraph& graph, std::string_view function,
                                           const std::vector<PickleGraph::Ref>& arguments);

/// The storage of a persistent id of torch.save: ('storage', class, key, location, number of elements).
PickleGraph::Ref load_persistent(PickleGraph& graph, PickleGraph::Ref id, const StorageLoader& load_storage);

}  // namespace millrace
