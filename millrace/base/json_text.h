#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// Turns the JSON that Python and our runs write into JSON by RFC 8259: NaN, Infinity and -Infinity become null, except
/// in strings. Call it before a strict parser, which refuses a whole text because of one NaN.
std::string strict_json(std::string_view text);

}  // namespace millrace
