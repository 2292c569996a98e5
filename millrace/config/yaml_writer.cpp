#include <fmt/format.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/yaml.h"

namespace millrace {
namespace {

std::string yaml_text(const std::string& text) {
  constexpr std::string_view kSafeFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_./";
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+@()%^";
  const bool plain = !text.empty() && kSafeFirst.find(text[0]) != std::string_view::npos &&
                     text.find_first_not_of(kSafe) == std::string::npos && resolve_yaml_scalar(text, {}).is_string();
  if (plain) return text;
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '{':
        // Two braces in a row could be taken for `{{ fileDirname }}` when the file is read.
        out += i > 0 && text[i - 1] == '{' ? "\\x7b" : "{";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\x{:02x}", static_cast<int>(c));
        else out += c;
    }
  }
  return out + '"';
}

std::string yaml_scalar(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
      return value.as_bool() ? "true" : "false";
    case Value::Kind::integer:
      return std::to_string(value.as_integer());
    case Value::Kind::big_integer:
      return value.as_big_integer().str();
    case Value::Kind::number: {
      if (std::isnan(value.as_number())) return ".nan";
      if (std::isinf(value.as_number())) return value.as_number() < 0 ? "-.inf" : ".inf";
      std::string text = repr(value.as_number());
      // YAML 1.1 takes a number without a point for a string.
      if (const size_t e = text.find('e'); e != std::string::npos && text.find('.') == std::string::npos)
        text.insert(e, ".0");
      return text;
    }
    case Value::Kind::symbol:
      return yaml_text(value.as_symbol().path);
    default:
      return yaml_text(value.as_string());
  }
}

bool is_scalar(const Value& value) { return !value.is_dict() && !value.is_sequence(); }

std::string yaml_key(const Value& key) {
  if (!is_scalar(key))
    throw Error(key.place(), fmt::format("the key {} cannot be written as YAML", key.repr()))
        .note("a .py file can hold it");
  return yaml_scalar(key);
}

constexpr size_t kYamlWidth = 100;

/// A list of scalars that has room on a line, an empty dict or list: on one line. Else empty.
std::string flow(const Value& value, size_t indent) {
  if (value.is_dict()) return value.as_dict().empty() ? "{}" : "";
  if (value.kind() == Value::Kind::set) return "";
  std::string out = value.kind() == Value::Kind::tuple ? "!!python/tuple [" : "[";
  for (const Value& item : value.items()) {
    if (!is_scalar(item)) return "";
    if (!out.ends_with('[')) out += ", ";
    out += yaml_scalar(item);
    if (indent + out.size() > kYamlWidth) return "";
  }
  return out + "]";
}

/// What follows "key:" or "-".
void append_yaml(std::string& out, const Value& value, size_t indent) {
  if (is_scalar(value)) {
    out += " " + yaml_scalar(value) + "\n";
    return;
  }
  if (const std::string line = flow(value, indent); !line.empty()) {
    out += " " + line + "\n";
    return;
  }
  const std::string margin(indent, ' ');
  if (value.is_dict()) {
    out += '\n';
    for (const auto& [key, item] : value.as_dict()) {
      out += margin + yaml_key(key) + ":";
      append_yaml(out, item, indent + 2);
    }
  } else if (value.kind() == Value::Kind::set) {
    out += value.items().empty() ? " !!set {}\n" : " !!set\n";
    for (const Value& item : value.items()) out += margin + yaml_key(item) + ": null\n";
  } else {
    out += value.kind() == Value::Kind::tuple ? " !!python/tuple\n" : "\n";
    for (const Value& item : value.items()) {
      out += margin + "-";
      const size_t begin = out.size();
      append_yaml(out, item, indent + 2);
      // The first key of a dict has room beside the dash.
      if (item.is_dict() && out[begin] == '\n') out.replace(begin, indent + 3, " ");
    }
  }
}

}  // namespace

std::string to_yaml(const Value& tree) {
  if (!tree.is_dict() || tree.as_dict().empty()) {
    std::string text;
    append_yaml(text, tree, 0);
    return text.substr(1);  // the blank or line feed between key and value
  }
  std::string out;
  for (const auto& [key, value] : tree.as_dict()) {
    out += yaml_key(key) + ":";
    append_yaml(out, value, 2);
  }
  return out;
}

}  // namespace millrace
