#pragma once

#include <string>
#include <string_view>

#include "millrace/config/python/evaluator.h"

namespace millrace::py {

// The three ways to write values into texts. Each throws Error at `offset` for a format that Python refuses, and for a
// width above kWidestFormat.

/// As format(value, spec): the part after the ':' in an f-string or in str.format().
std::string formatted(Evaluator& evaluator, const Value& value, std::string_view spec, uint32_t offset);

/// As `format % values`: one value, a tuple of them, or a dict for `%(name)s`.
std::string percent_formatted(Evaluator& evaluator, const std::string& format, const Value& values, uint32_t offset);

/// As format.format(*positional, **named).
std::string brace_formatted(Evaluator& evaluator, const std::string& format, const Arguments& arguments);

}  // namespace millrace::py
