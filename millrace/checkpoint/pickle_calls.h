#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "millrace/checkpoint/pickle_graph.h"
#include "millrace/checkpoint/pickle_reader.h"

namespace millrace {

/// What the calls and names of a pickle mean. All throw std::invalid_argument, saying what is wrong.

/// True for functions that no state is made of, but every attack on a reader that calls what a pickle names: os.system,
/// eval and their like. Here they would be inert, too; a file that names one is refused, so that nobody hands it on.
bool is_attack(std::string_view function);

/// Makes what a call means, if it is one of those that make a tensor, a container, bytes or a torch.Size; `arguments`
/// may be in the graph itself.
std::optional<PickleGraph::Ref> known_call(PickleGraph& graph, std::string_view function,
                                           const std::vector<PickleGraph::Ref>& arguments);

/// The storage that torch.save's persistent id means: ('storage', class, key, location, number of elements).
PickleGraph::Ref load_persistent(PickleGraph& graph, PickleGraph::Ref id, const StorageLoader& load_storage);

}  // namespace millrace
