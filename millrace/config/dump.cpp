#include "millrace/config/dump.h"

#include <fmt/format.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/json.h"
#include "millrace/config/python/lexer.h"
#include "millrace/config/yaml.h"

namespace millrace {
namespace {

constexpr size_t kWidest = 100;

class PythonWriter {
 public:
  /// `brace`: write {'a': 1} always, because the config has a name `dict` of its own.
  explicit PythonWriter(bool brace) : brace_(brace) {}

  std::string flat(const Value& value) {
    std::string out;
    append_flat(out, value);
    return out;
  }

  /// Appends `value` where `column` characters of the line are taken and `tail` more will follow.
  void append(std::string& out, const Value& value, size_t indent, size_t column) {
    const bool is_container = value.is_dict() || value.is_sequence();
    if (is_container && fits(value, static_cast<int>(kWidest) - static_cast<int>(column) - 1))
      return append_flat(out, value);
    if (!is_container || size_of(value) == 0) return append_flat(out, value);
    const std::string margin(indent + 4, ' ');
    const bool call = value.is_dict() && all_names(value.as_dict());
    out += value.is_dict()                      ? (call ? "dict(" : "{")
           : value.kind() == Value::Kind::list  ? "["
           : value.kind() == Value::Kind::tuple ? "("
                                                : "{";
    out += '\n';
    if (value.is_dict()) {
      for (const auto& [key, item] : value.as_dict()) {
        const std::string head = call ? key.as_string() + "=" : flat(key) + ": ";
        out += margin + head;
        append(out, item, indent + 4, indent + 4 + head.size());
        out += ",\n";
      }
    } else {
      for (const Value& item : value.items()) {
        out += margin;
        append(out, item, indent + 4, indent + 4);
        out += ",\n";
      }
    }
    out += std::string(indent, ' ');
    out += value.is_dict()                      ? (call ? ")" : "}")
           : value.kind() == Value::Kind::list  ? "]"
           : value.kind() == Value::Kind::tuple ? ")"
                                                : "}";
  }

 private:
  static size_t size_of(const Value& value) { return value.is_dict() ? value.as_dict().size() : value.items().size(); }

  bool all_names(const Dict& dict) const {
    if (brace_) return false;
    for (const auto& [key, value] : dict)
      if (!key.is_string() || !py::is_identifier(key.as_string())) return false;
    return true;
  }

  /// Whether a value takes at most `room` characters on one line. Stops as soon as it does not, so that the whole is
  /// linear.
  bool fits(const Value& value, int room) const { return rest_of(value, room) >= 0; }

  int rest_of(const Value& value, int room) const {
    if (room < 0) return -1;
    if (value.is_dict()) {
      room -= 6;
      for (const auto& [key, item] : value.as_dict()) {
        room -= key.is_string() ? static_cast<int>(key.as_string().size()) + 3 : 8;
        if ((room = rest_of(item, room)) < 0) return -1;
      }
      return room;
    }
    if (value.is_sequence()) {
      room -= 2;
      for (const Value& item : value.items())
        if ((room = rest_of(item, room - 2)) < 0) return -1;
      return room;
    }
    if (value.is_string()) return room - static_cast<int>(std::min<size_t>(value.as_string().size(), 1000)) - 2;
    std::string text;
    append_flat(text, value);
    return room - static_cast<int>(text.size());
  }

  void append_flat(std::string& out, const Value& value) const {
    switch (value.kind()) {
      case Value::Kind::number:
        if (std::isfinite(value.as_number())) out += repr(value.as_number());
        else out += fmt::format("float('{}')", repr(value.as_number()));
        return;
      case Value::Kind::integer:
        out += std::to_string(value.as_integer());
        return;
      case Value::Kind::big_integer:
        out += value.as_big_integer().str();
        return;
      case Value::Kind::string:
        append_text(out, value.as_string());
        return;
      case Value::Kind::symbol:
        append_text(out, value.as_symbol().path);
        return;
      case Value::Kind::dict:
        append_flat_dict(out, value.as_dict());
        return;
      case Value::Kind::list:
      case Value::Kind::tuple:
      case Value::Kind::set:
        append_flat_items(out, value);
        return;
      default:
        out += value.repr();
        return;
    }
  }

  void append_flat_dict(std::string& out, const Dict& dict) const {
    const bool call = all_names(dict);
    out += call ? "dict(" : "{";
    bool first = true;
    for (const auto& [key, item] : dict) {
      if (!first) out += ", ";
      first = false;
      if (call) out += key.as_string() + "=";
      else append_flat(out, key), out += ": ";
      append_flat(out, item);
    }
    out += call ? ')' : '}';
  }

  void append_flat_items(std::string& out, const Value& value) const {
    if (value.kind() == Value::Kind::set && value.items().empty()) {
      out += "set()";
      return;
    }
    out += value.kind() == Value::Kind::list ? '[' : value.kind() == Value::Kind::tuple ? '(' : '{';
    bool first = true;
    for (const Value& item : value.items()) {
      if (!first) out += ", ";
      first = false;
      append_flat(out, item);
    }
    if (value.kind() == Value::Kind::tuple && value.items().size() == 1) out += ',';
    out += value.kind() == Value::Kind::list ? ']' : value.kind() == Value::Kind::tuple ? ')' : '}';
  }

  static void append_text(std::string& out, const std::string& text) {
    const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
    out += quote;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\\' || c == quote) out += '\\', out += c;
      else if (c == '\n') out += "\\n";
      else if (c == '\t') out += "\\t";
      else if (c == '\r') out += "\\r";
      else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\x{:02x}", static_cast<int>(c));
      // Two braces in a row could be taken for `{{ fileDirname }}` when the file is read.
      else if (c == '{' && i > 0 && text[i - 1] == '{') out += "\\x7b";
      else out += c;
    }
    out += quote;
  }

  bool brace_;
};

}  // namespace

std::string to_python(const Value& tree) {
  PythonWriter writer(tree.find("dict") != nullptr);
  std::string out;
  for (const auto& [key, value] : tree.as_dict()) {
    if (!key.is_string() || !py::is_identifier(key.as_string()) || key.as_string().starts_with("__"))
      throw Error(key.place(), fmt::format("a config in Python cannot have the top-level key {}", key.repr()))
          .note("a .yaml or .json file can hold it");
    out += key.as_string() + " = ";
    writer.append(out, value, 0, key.as_string().size() + 3);
    out += '\n';
  }
  return out;
}

std::string to_python_value(const Value& value, size_t column) {
  std::string out;
  PythonWriter(false).append(out, value, 0, column);
  return out;
}

std::string to_python_expression(const Value& value) { return PythonWriter(false).flat(value); }

std::string dump(const Value& tree, Config::Format format) {
  switch (format) {
    case Config::Format::json:
      return to_json(tree);
    case Config::Format::yaml:
      return to_yaml(tree);
    case Config::Format::python:
      break;
  }
  return to_python(tree);
}

}  // namespace millrace
