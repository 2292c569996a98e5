#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::py {

// Strings are UTF-8; Python counts them in characters.

void append_utf8(std::string& out, uint32_t character);
size_t length_of(std::string_view text);
/// The bytes of each character.
std::vector<std::string_view> characters_of(std::string_view text);
/// The first character's code; 0 of an empty text.
uint32_t code_of(std::string_view character);
bool is_ascii(std::string_view text);

/// Whether a text begins with {{_base_.a.b}}.
bool is_base_value(std::string_view text);

}  // namespace millrace::py
