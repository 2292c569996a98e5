#pragma once

#include <string>
#include <vector>

#include "millrace/config/config.h"
#include "millrace/config/diff.h"

namespace millrace {

/// A line for each leaf of the tree: where its key was set, and "key = value" as Python writes it.
std::string origins_text(const Config& config);
/// The same as objects, one a line, as docs/commands.md describes them.
std::string origins_json(const Config& config);

/// One object a line for each difference, as docs/commands.md describes them.
std::string diff_json(const std::vector<Difference>& differences);

/// What a tree loses in a format, for a notice: "3 tuples become lists"; "" if it loses nothing.
std::vector<std::string> losses_in(const Value& tree, Config::Format format);

}  // namespace millrace
