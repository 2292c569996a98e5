#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// JSON in Python's spelling, which is what runs write, as RFC 8259 has it: NaN, Infinity and -Infinity become null,
/// outside of strings. Every reader of a run's file needs it: a strict parser refuses the whole text for one NaN.
std::string strict_json(std::string_view text);

}  // namespace millrace
