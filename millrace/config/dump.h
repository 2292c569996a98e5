#pragma once

#include <string>

#include "millrace/config/config.h"
#include "millrace/config/value.h"

namespace millrace {

/// Python source that MMEngine and Millrace read to an equal tree: one assignment a top-level key, in the order of the
/// tree, `dict(a=1)` where the keys are names, lines of at most 100 characters where that is possible. Symbols become
/// strings ("torch.optim.SGD"), as MMEngine writes them; a registry finds both.
///
/// Throws Error for a top-level key that is no Python name.
std::string to_python(const Value& tree);

/// One value as a Python expression on one line: for messages and `config get`.
std::string to_python_expression(const Value& value);

/// In the format that the extension of the file would have.
std::string dump(const Value& tree, Config::Format format);

}  // namespace millrace
