#pragma once

#include <string>

#include "millrace/config/config.h"
#include "millrace/config/value.h"

namespace millrace {

/// Python source that MMEngine and Millrace read to an equal tree: one assignment for each top-level key, in the order
/// of the tree, `dict(a=1)` where the keys are names, lines of at most 100 characters if possible. Symbols become
/// strings ("torch.optim.SGD"), as MMEngine writes them; a registry finds both.
///
/// Throws Error for a top-level key that a Python config cannot have: one that is not a name, or begins with "__".
std::string to_python(const Value& tree);

/// One value as a Python expression on one line, for messages.
std::string to_python_expression(const Value& value);

/// The same, broken into lines as in to_python, with `column` characters before it on the first line. No line feed at
/// the end.
std::string to_python_value(const Value& value, size_t column = 0);

/// In the format that belongs to the extension of the file.
std::string dump(const Value& tree, Config::Format format);

}  // namespace millrace
