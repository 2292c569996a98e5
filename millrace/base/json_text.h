#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// Turns the JSON that Python and our runs write into JSON by RFC 8259: NaN, Infinity and -Infinity become null, except
/// in strings. Call it before a strict parser, which refuses a whole text because of one NaN.
std::string strict_json(std::string_view text);

/// The text with U+FFFD in place of each byte that is not UTF-8: JSON has no other bytes, and a name of a file may.
std::string valid_utf8(std::string_view text);

}  // namespace millrace
