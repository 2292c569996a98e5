#include "millrace/config/python/base_value.h"

#include <algorithm>

namespace millrace::py {

bool is_base_value(std::string_view text) {
  if (!text.starts_with("{{")) return false;
  const size_t begin = std::min(text.find_first_not_of(" \t\n", 2), text.size());
  if (!text.substr(begin).starts_with("_base_.")) return false;
  const size_t end = text.find("}}", begin);
  if (end == std::string_view::npos) return false;
  const std::string_view inside = text.substr(begin, end - begin);
  return std::all_of(inside.begin(), inside.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ' ' || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace millrace::py
