#include "millrace/checkpoint/utf8.h"

#include "millrace/base/utf8.h"

namespace millrace {

bool is_pickled_text(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = first_character(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 2);
  for (const char byte : bytes) append_utf8(text, static_cast<unsigned char>(byte));
  return text;
}

std::optional<std::string> utf8_to_latin1(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    if (length == 0 || code > 0xFF) return std::nullopt;
    bytes += static_cast<char>(code);
    text.remove_prefix(length);
  }
  return bytes;
}

}  // namespace millrace
