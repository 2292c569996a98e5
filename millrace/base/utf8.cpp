#include "millrace/base/utf8.h"

#include <algorithm>

namespace millrace {

Utf8Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {};
  char32_t code = lead & (0x7Fu >> bytes);
  for (const char byte : text.substr(1, bytes - 1)) {
    if (begins_character(byte)) return {};
    code = code << 6 | (static_cast<unsigned char>(byte) & 0x3Fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};  // of so many bytes: a longer form is not UTF-8
  return code < kSmallest[bytes] || code > 0x10FFFF ? Utf8Character{} : Utf8Character{code, bytes};
}

void append_utf8(std::string& out, char32_t code) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

size_t character_count(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && !begins_character(text[end])) ++end;
    out.push_back(text.substr(i, end - i));
    i = end;
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

size_t first_invalid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto [code, bytes] = first_character(text.substr(i));
    if (bytes == 0 || (code >= 0xD800 && code < 0xE000)) return i;
    i += bytes;
  }
  return std::string_view::npos;
}

std::string_view cut_utf8(std::string_view text, size_t bytes) {
  if (bytes >= text.size()) return text;
  size_t begin = bytes;  // of the character that the cut would part
  while (begin > 0 && bytes - begin < 3 && !begins_character(text[begin])) --begin;
  const bool parted = begin + first_character(text.substr(begin)).bytes > bytes;
  return text.substr(0, parted ? begin : bytes);
}

}  // namespace millrace
