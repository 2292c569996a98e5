#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The first character of a text in UTF-8 (RFC 3629).
struct Utf8Character {
  char32_t code = 0;  // a lone surrogate, U+D800 to U+DFFF, included
  size_t bytes = 0;   // 0: the text is empty, or begins with bytes that are not UTF-8
};
Utf8Character first_character(std::string_view text);

/// Whether a byte begins a character: all but the later bytes of one.
inline bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

void append_utf8(std::string& out, char32_t code);

/// In characters. Of bytes that are not UTF-8, each that begins_character() counts.
size_t character_count(std::string_view text);
/// The bytes of each character.
std::vector<std::string_view> characters_of(std::string_view text);

bool is_ascii(std::string_view text);
/// The position of the first byte that belongs to no character; npos if there is no such byte. A lone surrogate is not
/// a character.
size_t first_invalid_utf8(std::string_view text);

/// The longest beginning of `text` of at most `bytes` bytes that ends between two characters. Bytes that are not UTF-8
/// count as a character each.
std::string_view cut_utf8(std::string_view text, size_t bytes);

}  // namespace millrace
