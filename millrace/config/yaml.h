#pragma once

#include <string>
#include <string_view>

#include "millrace/config/value.h"

namespace millrace {

class Source;

/// Reads one YAML document as PyYAML does, with the scalars of YAML 1.1 (`yes` is true, `010` is 8, `1e-3` without a
/// point is a string), anchors, aliases and `<<`; of the tags the standard ones and `!!python/tuple`. Dates stay
/// strings. Throws Error at line and column for text that is not YAML, for other tags and for more than 150 levels.
Value read_yaml(std::string text, const std::string& name);
Value read_yaml(const Source& source);

/// Block style, keys in the order of the tree; tuples as `!!python/tuple`, sets as `!!set`, symbols as their paths.
/// PyYAML and read_yaml read it to an equal tree. Throws Error for a dict with keys that are not scalars.
std::string to_yaml(const Value& tree);

/// The value of a plain YAML scalar (YAML 1.1, as PyYAML resolves it). Throws Error at `place` for an integer of more
/// than 4300 digits.
Value resolve_yaml_scalar(std::string_view text, const Place& place);

}  // namespace millrace
