#pragma once

#include <string>
#include <vector>

namespace millrace {

struct ComponentEntry;

/// The names of all entries, a paragraph a kind, wrapped at `width`.
std::string component_names(const std::vector<const ComponentEntry*>& entries, int width);
/// One component: what it is, and a table of its keys with type, default, range and text.
std::string component_page(const ComponentEntry& entry);
/// The same as one line of JSON, as docs/commands.md describes it.
std::string component_json(const ComponentEntry& entry);

/// The entries that `wanted` names: a kind ("Hook"), a component ("StepLR"), or one with its scope
/// ("mmpretrain.Resize"). Throws Error with the nearest name if there is no such component.
std::vector<const ComponentEntry*> entries_named(const std::string& wanted,
                                                 const std::vector<const ComponentEntry*>& entries);

}  // namespace millrace
