#include "millrace/base/shell_word.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace millrace {

std::string shell_word(const std::string& text) {
  const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char letter) {
    return std::isalnum(letter) || letter >= 0x80 ||
           std::string_view("_./=:,+@%-").find(static_cast<char>(letter)) != std::string_view::npos;
  });
  if (is_plain) return text;
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

}  // namespace millrace
