#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/json_text.h"
#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/json.h"

namespace millrace {
namespace {

void append_json_text(std::string& out, const std::string& text) {
  out += '"';
  for (char c : valid_utf8(text)) {
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
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
  }
  out += '"';
}

/// As Python's str(key).
std::string key_text(const Value& key) {
  if (key.is_string()) return key.as_string();
  if (key.is_symbol()) return key.as_symbol().path;
  return key.repr(100000);
}

/// Numbers that are not finite: as texts in the canonical form, else as Python's json reads and writes them.
enum class NotFinite { text, word };

void append_scalar(std::string& out, const Value& value, NotFinite form = NotFinite::text) {
  switch (value.kind()) {
    case Value::Kind::null:
      out += "null";
      return;
    case Value::Kind::boolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case Value::Kind::integer:
      out += std::to_string(value.as_integer());
      return;
    case Value::Kind::big_integer:
      out += value.as_big_integer().str();
      return;
    case Value::Kind::number:
      if (std::isfinite(value.as_number())) out += repr(value.as_number());
      else if (form == NotFinite::text) append_json_text(out, repr(value.as_number()));
      else out += std::isnan(value.as_number()) ? "NaN" : value.as_number() < 0 ? "-Infinity" : "Infinity";
      return;
    case Value::Kind::symbol:
      append_json_text(out, value.as_symbol().path);
      return;
    default:
      append_json_text(out, value.as_string());
  }
}

/// Numbers before texts, each by its order.
bool sorts_before(const Value& a, const Value& b) {
  const auto is_numeric_member = [](const Value& v) {
    return v.is_number() || v.is_integer() || v.is_bool() || v.is_big_integer();
  };
  if (is_numeric_member(a) && is_numeric_member(b)) return compare_numbers(a, b) < 0;
  if (a.is_string() && b.is_string()) return a.as_string() < b.as_string();
  return a.repr(100000) < b.repr(100000);
}

void append_canonical(std::string& out, const Value& value) {
  if (value.is_dict()) {
    std::vector<std::pair<std::string, const Value*>> entries;
    for (const auto& [key, item] : value.as_dict()) entries.emplace_back(key_text(key), &item);
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    out += '{';
    for (size_t i = 0; i < entries.size(); ++i) {
      if (i + 1 < entries.size() && entries[i + 1].first == entries[i].first)
        continue;  // 1 and '1': the last one counts
      if (out.back() != '{') out += ',';
      append_json_text(out, entries[i].first);
      out += ':';
      append_canonical(out, *entries[i].second);
    }
    out += '}';
  } else if (value.is_sequence()) {
    Value::Items items = value.items();
    if (value.kind() == Value::Kind::set) std::stable_sort(items.begin(), items.end(), sorts_before);
    out += '[';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += ',';
      append_canonical(out, items[i]);
    }
    out += ']';
  } else {
    append_scalar(out, value);
  }
}

constexpr size_t kLineWidth = 100;

/// A text that is read from a config again: two braces in a row could be taken for `{{ fileDirname }}`.
void append_config_text(std::string& out, const std::string& text) {
  const size_t begin = out.size();
  append_json_text(out, text);
  for (size_t at = begin; (at = out.find("{{", at)) != std::string::npos;) out.replace(at + 1, 1, "\\u007b");
}

void append_config_scalar(std::string& out, const Value& value) {
  if (value.is_string()) append_config_text(out, value.as_string());
  else append_scalar(out, value, NotFinite::word);
}

void append_flat(std::string& out, const Value& value) {
  if (value.is_dict()) {
    out += '{';
    for (const auto& [key, item] : value.as_dict()) {
      if (out.back() != '{') out += ", ";
      append_config_text(out, key_text(key));
      out += ": ";
      append_flat(out, item);
    }
    out += '}';
  } else if (value.is_sequence()) {
    out += '[';
    for (const Value& item : value.items()) {
      if (out.back() != '[') out += ", ";
      append_flat(out, item);
    }
    out += ']';
  } else {
    append_config_scalar(out, value);
  }
}

/// Whether a list or dict has room on one line: tried only where it is small, so that the whole stays linear.
bool is_small(const Value& value, int depth = 0) {
  if (value.is_dict()) {
    if (value.as_dict().size() > 8 || depth > 1) return false;
    for (const auto& [key, item] : value.as_dict())
      if (!is_small(item, depth + 1)) return false;
  } else if (value.is_sequence()) {
    if (value.items().size() > 30 || depth > 2) return false;
    for (const Value& item : value.items())
      if (!is_small(item, depth + 1)) return false;
  }
  return true;
}

void append_pretty(std::string& out, const Value& value, size_t indent) {
  const bool is_dict = value.is_dict();
  if (!is_dict && !value.is_sequence()) return append_config_scalar(out, value);
  if (indent > 0 && is_small(value)) {
    std::string flat;
    append_flat(flat, value);
    if (flat.size() + indent <= kLineWidth) {
      out += flat;
      return;
    }
  }
  const std::string margin(indent + 2, ' ');
  bool first = true;
  const auto next = [&] {
    out += first ? "\n" : ",\n";
    out += margin;
    first = false;
  };
  out += is_dict ? '{' : '[';
  if (is_dict) {
    for (const auto& [key, item] : value.as_dict()) {
      next();
      append_config_text(out, key_text(key));
      out += ": ";
      append_pretty(out, item, indent + 2);
    }
  } else {
    for (const Value& item : value.items()) {
      next();
      append_pretty(out, item, indent + 2);
    }
  }
  if (!first) out += '\n' + std::string(indent, ' ');
  out += is_dict ? '}' : ']';
}

}  // namespace

std::string to_canonical_json(const Value& tree) {
  std::string out;
  append_canonical(out, tree);
  return out + '\n';
}

std::string to_json(const Value& tree) {
  std::string out;
  append_pretty(out, tree, 0);
  return out + '\n';
}

}  // namespace millrace
