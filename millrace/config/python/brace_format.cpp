#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "millrace/config/python/format.h"

// Python's library reference: "Format String Syntax".
namespace millrace::py {
namespace {

bool is_number_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class BraceFormatter {
 public:
  BraceFormatter(Evaluator& evaluator, const Arguments& arguments) : evaluator_(evaluator), arguments_(arguments) {}

  std::string run(const std::string& format, int nesting = 0) {
    if (nesting > 1) fail("a format is nested too deeply");
    std::string out;
    for (size_t i = 0; i < format.size(); ++i) {
      const char c = format[i];
      if ((c == '{' || c == '}') && i + 1 < format.size() && format[i + 1] == c) {
        out += c;
        ++i;
      } else if (c == '}') {
        fail("a single '}' in a format; write '}}'");
      } else if (c == '{') {
        const size_t end = end_of_field(format, i);
        out += field(format.substr(i + 1, end - i - 1), nesting);
        i = end;
      } else {
        out += c;
      }
    }
    return out;
  }

 private:
  [[noreturn]] void fail(std::string what) const { evaluator_.fail(arguments_.offset, std::move(what)); }

  size_t end_of_field(const std::string& format, size_t begin) const {
    int depth = 0;
    for (size_t i = begin; i < format.size(); ++i) {
      depth += format[i] == '{' ? 1 : format[i] == '}' ? -1 : 0;
      if (depth == 0) return i;
    }
    fail("'{' is never closed in a format");
  }

  /// "value!conversion:specification".
  std::string field(const std::string& text, int nesting) {
    const size_t mark = std::min(text.find_first_of("!:"), text.size());
    const size_t colon = std::min(text.find(':', mark), text.size());
    Value value = value_of(text.substr(0, mark));
    const char conversion = mark + 1 < text.size() && text[mark] == '!' ? text[mark + 1] : '\0';
    if (conversion == 'r' || conversion == 'a') value = Value(evaluator_.to_repr(value, arguments_.offset));
    else if (conversion == 's') value = Value(evaluator_.to_text(value, arguments_.offset));
    std::string spec = colon < text.size() ? text.substr(colon + 1) : "";
    if (spec.find('{') != std::string::npos) spec = run(spec, nesting + 1);
    const std::string out = formatted(evaluator_, value, spec, arguments_.offset);
    evaluator_.charge_text(out.size(), arguments_.offset);
    return out;
  }

  /// A name or a number, then `.attribute` and `[item]` in any order.
  Value value_of(const std::string& path) {
    size_t at = std::min(path.find_first_of(".["), path.size());
    Value value = argument(path.substr(0, at));
    while (at < path.size()) {
      const bool attribute = path[at] == '.';
      const size_t end = attribute ? std::min(path.find_first_of(".[", at + 1), path.size()) : path.find(']', at);
      if ((!attribute && path[at] != '[') || end == std::string::npos)
        fail(fmt::format("'{}' is not a field of a format", path));
      const std::string name = path.substr(at + 1, end - at - 1);
      value = attribute ? evaluator_.get_attribute(value, name, arguments_.offset)
                        : evaluator_.get_item(value, key_of(name), arguments_.offset);
      at = attribute ? end : end + 1;
    }
    return value;
  }

  static Value key_of(const std::string& text) {
    return is_number_text(text) && text.size() < 10 ? Value(static_cast<int64_t>(std::atoi(text.c_str())))
                                                    : Value(text);
  }

  const Value& argument(const std::string& name) {
    if (name.empty() || is_number_text(name)) {
      const size_t index = name.empty() ? next_++ : name.size() > 6 ? 999999 : std::strtoul(name.c_str(), nullptr, 10);
      if (index >= arguments_.positional.size()) fail(fmt::format("format() has no value {}", index));
      return arguments_.positional[index];
    }
    for (const auto& [key, value] : arguments_.named)
      if (key.as_string() == name) return value;
    fail(fmt::format("format() has no value '{}'", name));
  }

  Evaluator& evaluator_;
  const Arguments& arguments_;
  size_t next_ = 0;
};

}  // namespace

std::string brace_formatted(Evaluator& evaluator, const std::string& format, const Arguments& arguments) {
  return BraceFormatter(evaluator, arguments).run(format);
}

}  // namespace millrace::py
