#pragma once

#include <string>
#include <string_view>

#include "millrace/config/value.h"

namespace millrace {

class Source;

/// Reads JSON (RFC 8259, and NaN, Infinity, -Infinity as Python's json does): objects become dicts; the last of equal
/// keys counts. Throws Error at line and column for text that is not JSON, integers beyond 64 bits and more than 150
/// levels.
///
///     const Value tree = read_json(R"({"lr": 0.1})", "optim.json");
Value read_json(std::string text, const std::string& name);
Value read_json(const Source& source);

/// The canonical form in which config trees are compared: keys sorted, no blanks, one line feed at the end; tuples as
/// lists, sets as sorted lists, symbols as their paths, keys as Python's str(key), floats as Python writes them;
/// infinities and nan as the strings "inf", "-inf", "nan".
std::string to_canonical_json(const Value& tree);

/// For people, and to be read again: keys in the order of the tree, two blanks for each level, short lists and dicts on
/// one line; NaN, Infinity and -Infinity as in Python. What JSON lacks is replaced: tuples and sets become lists,
/// classes their paths, and keys texts.
std::string to_json(const Value& tree);

}  // namespace millrace
