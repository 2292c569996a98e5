#include "millrace/base/place.h"

namespace millrace {

const std::string& Place::file() const {
  static const std::string kNone;
  return file_ ? *file_ : kNone;
}

std::string Place::str() const {
  if (!known()) return {};
  if (line_ == 0) return *file_;
  std::string text = *file_ + ":" + std::to_string(line_);
  if (column_ > 0) text += ":" + std::to_string(column_);
  return text;
}

}  // namespace millrace
