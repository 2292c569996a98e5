#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// True for bytes that Python's pickle accepts as text: UTF-8 (RFC 3629), lone surrogates allowed ("surrogatepass").
bool is_pickled_text(std::string_view text);

/// Each byte as the character with that number, in UTF-8: the form in which protocol 2 writes bytes.
std::string latin1_to_utf8(std::string_view bytes);

/// The reverse; nothing if the text has a character above U+00FF.
std::optional<std::string> utf8_to_latin1(std::string_view text);

}  // namespace millrace
