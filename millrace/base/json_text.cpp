#include "millrace/base/json_text.h"

#include "millrace/base/utf8.h"

namespace millrace {

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for (;;) {
    const size_t bad = first_invalid_utf8(text);
    valid += text.substr(0, bad);
    if (bad == std::string_view::npos) return valid;
    valid += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
}

std::string strict_json(std::string_view text) {
  std::string strict;
  strict.reserve(text.size());
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (in_string && letter == '\\' && i + 1 < text.size()) {
      strict += letter;
      strict += text[++i];
      continue;
    }
    if (letter == '"') in_string = !in_string;
    if (!in_string) {
      size_t length = 0;
      for (const std::string_view word : {"NaN", "-Infinity", "Infinity"})
        if (text.substr(i).starts_with(word)) length = word.size();
      if (length > 0) {
        strict += "null";
        i += length - 1;
        continue;
      }
    }
    strict += letter;
  }
  return strict;
}

}  // namespace millrace
