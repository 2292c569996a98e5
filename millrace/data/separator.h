#pragma once

#include <string>
#include <utility>

#include "millrace/registry/component.h"

namespace millrace {

/// A key whose value is a character between others. In `delimiter=,` on the command line the comma makes a list of one
/// empty text, as in MMEngine: here it is the comma.
struct Separator {
  std::string text;
  Separator() = default;
  Separator(std::string given) : text(std::move(given)) {}  // NOLINT: it is its text
  Separator(const char* given) : text(given) {}             // NOLINT
  bool operator==(const Separator&) const = default;
};

template <>
struct TypeOf<Separator> {
  static std::string name() { return TypeOf<std::string>::name(); }
  static void bind(Separator& field, const Value& value, Binder& binder) {
    const bool is_comma = value.is_sequence() && value.items().size() == 1 && value.items()[0].is_string() &&
                          value.items()[0].as_string().empty();
    if (is_comma) field.text = ",";
    else TypeOf<std::string>::bind(field.text, value, binder);
  }
  static Value dump(const Separator& field) { return Value(field.text); }
};

}  // namespace millrace
