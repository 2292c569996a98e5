#include "millrace/config/overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/merge.h"
#include "millrace/config/override_effects.h"
#include "millrace/config/python/evaluator.h"

namespace millrace {
namespace {

constexpr std::string_view kCommandLine = "command line: ";

/// Python's int() and float() take the decimal digits of all scripts; of those that are not ASCII, the full-width ones
/// are what East Asian keyboards give.
std::string with_ascii_digits(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\xEF\xBC" && i + 2 < text.size() && text[i + 2] >= '\x90' && text[i + 2] <= '\x99') {
      out += static_cast<char>('0' + (text[i + 2] - '\x90'));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Removes the underscores between digits; nullopt if there is one elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  const auto is_digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') out += text[i];
    else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) return std::nullopt;
  }
  return out;
}

std::optional<Value> parse_number(std::string_view text, const Place& place) {
  constexpr std::string_view kBlanks = " \t\n\r\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string digits_of_text = with_ascii_digits(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
  auto digits = without_underscores(digits_of_text);
  if (!digits) return std::nullopt;
  const bool negative = digits->starts_with('-');
  std::string body = negative || digits->starts_with('+') ? digits->substr(1) : *digits;
  if (body.empty()) return std::nullopt;
  if (body.find_first_not_of("0123456789") == std::string::npos) {
    if (negative) body.insert(0, 1, '-');
    return read_integer(body, 10, place);
  }
  const std::string lower = to_lower(body);
  double real = 0;
  if (lower == "inf" || lower == "infinity") {
    real = HUGE_VAL;
  } else if (lower == "nan") {
    real = std::nan("");
  } else {
    if (body[0] != '.' && (body[0] < '0' || body[0] > '9')) return std::nullopt;
    const auto [end, code] = std::from_chars(body.data(), body.data() + body.size(), real);
    if (code == std::errc::invalid_argument || end != body.data() + body.size()) return std::nullopt;
    if (code == std::errc::result_out_of_range) real = lower.find("e-") == std::string::npos ? HUGE_VAL : 0;
  }
  return Value(negative ? -real : real);
}

Value parse_scalar(std::string text, const Place& place) {
  if (auto number = parse_number(text, place)) return *number;
  const std::string lower = to_lower(text);
  if (lower == "true" || lower == "false") return lower == "true";
  if (text == "None") return {};
  return text;
}

bool is_balanced(std::string_view text) {
  return std::count(text.begin(), text.end(), '(') == std::count(text.begin(), text.end(), ')') &&
         std::count(text.begin(), text.end(), '[') == std::count(text.begin(), text.end(), ']');
}

/// The position of the first comma outside of brackets, by counting alone; the length if there is no comma.
size_t next_comma(std::string_view text) {
  int round = 0, square = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    round += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    square += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
    if (text[i] == ',' && round == 0 && square == 0) return i;
  }
  return text.size();
}

[[noreturn]] void refuse_brackets(const Place& place) {
  throw Error(place, "the brackets of the value do not match")
      .help("x=[[1,2],[3,4]] has one list or tuple around it all");
}

Value parse_list(std::string_view given, const Place& place, int depth) {
  if (depth > Limits::kNesting) throw Error(place, fmt::format("the value is nested deeper than {}", Limits::kNesting));
  constexpr std::string_view kQuotes = "'\"";
  const size_t begin = std::min(given.find_first_not_of(kQuotes), given.size());
  std::string text(given.substr(begin, given.find_last_not_of(kQuotes) + 1 - begin));
  std::erase(text, ' ');
  bool is_tuple = false;
  if (text.size() >= 2 && text.front() == '(' && text.back() == ')') {
    is_tuple = true;
    text = text.substr(1, text.size() - 2);
  } else if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  } else if (text.find(',') == std::string::npos) {
    return parse_scalar(text, place).set_place(place);
  } else if (next_comma(text) == text.size()) {
    refuse_brackets(place);
  }
  Value::Items items;
  if (!text.empty() && !is_balanced(text)) refuse_brackets(place);
  for (std::string_view rest = text; !rest.empty();) {
    const size_t comma = next_comma(rest);
    const std::string_view element = rest.substr(0, comma);
    if (!is_balanced(element)) refuse_brackets(place);
    items.push_back(parse_list(element, place, depth + 1));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return (is_tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items))).set_place(place);
}

/// A copy in which everything has one place.
Value placed(const Value& value, const Place& place) {
  Value out = value;
  if (value.is_dict()) {
    out = Value::dict();
    for (const auto& [key, item] : value.as_dict()) out.as_dict().set(Value(key).set_place(place), placed(item, place));
  } else if (value.is_sequence()) {
    Value::Items items;
    for (const Value& item : value.items()) items.push_back(placed(item, place));
    out = value.kind() == Value::Kind::list    ? Value::list(std::move(items))
          : value.kind() == Value::Kind::tuple ? Value::tuple(std::move(items))
                                               : Value::set(std::move(items));
  }
  return std::move(out.set_place(place));
}

bool has_quoted_key(std::string_view text) {
  const size_t brace = text.find('{');
  if (brace == std::string_view::npos || std::string_view("{[(").find(trim(text).front()) == std::string_view::npos)
    return false;
  const std::string_view inside = trim(text.substr(brace + 1));
  return inside.starts_with('\'') || inside.starts_with('"');
}

Value parse_literal(std::string_view text, const Place& place) {
  try {
    Budget budget;
    py::Heap heap;
    py::Evaluator evaluator(budget, heap, [](const std::string&) { return std::nullopt; });
    py::FileScope& scope = heap.file(py::parse(Source(place.file(), "(" + std::string(text) + "\n)")));
    const auto body = scope.module->body;
    if (body.size() != 1 || body[0]->kind != py::StmtKind::expression) throw Error("this is not a value");
    const Value value = evaluator.evaluate_alone(scope, *static_cast<const py::ExpressionStmt*>(body[0])->value);
    return placed(value, place);
  } catch (const Error& error) {
    throw Error(place, error.summary()).note("a value with quoted keys is read as a Python dict");
  }
}

}  // namespace

Place override_place(const std::string& argument) { return Place(std::string(kCommandLine) + argument); }

bool is_override_place(const Place& place) { return place.line() == 0 && place.file().starts_with(kCommandLine); }

std::string override_of(const Place& place) { return place.file().substr(kCommandLine.size()); }

Value parse_override(std::string_view text, const Place& place) {
  if (has_quoted_key(text) || text == "{}") return parse_literal(trim(text), place);
  Value value = parse_list(text, place, 0);
  // As a whole in quotes, a text keeps the blanks that MMEngine removes.
  if (value.is_string() && text.size() >= 2 && (text.front() == '\'' || text.front() == '"')) {
    const std::string_view inside = text.substr(1, text.size() - 2);
    if (text.back() == text.front() && inside.find(text.front()) == std::string_view::npos &&
        inside.find(' ') != std::string_view::npos)
      return Value(std::string(inside)).set_place(place);
  }
  return value;
}

void merge_options(Value& tree, const Value& options, bool allow_list_keys) {
  Value nested = Value::dict();
  for (const auto& [key, value] : options.as_dict()) {
    Value level = nested;
    const std::vector<std::string> names = split(key.as_string(), '.');
    for (size_t i = 0; i + 1 < names.size(); ++i) {
      Value* next = level.as_dict().find(names[i]);
      if (!next) {
        level.as_dict().set(Value(names[i]).set_place(key.place()), Value::dict().set_place(key.place()));
        next = level.as_dict().find(names[i]);
      }
      if (!next->is_dict())
        throw Error(key.place(), fmt::format("'{}' is set to {}, which has no key '{}'",
                                             join(std::span(names).first(i + 1), "."), next->repr(), names[i + 1]));
      level = *next;
    }
    level.as_dict().set(Value(names.back()).set_place(key.place()), value.deep_copy());
  }
  merge_options_into(tree, nested.as_dict(), allow_list_keys);
}

namespace {

/// The value at a dotted path; null if it does not exist.
const Value* value_at(const Value& tree, const std::string& path) {
  const Value* at = &tree;
  for (const std::string& name : split(path, '.')) {
    if (at->kind() == Value::Kind::list) {
      const bool index = !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == std::string::npos;
      if (!index || std::stoul(name) >= at->items().size()) return nullptr;
      at = &at->items()[std::stoul(name)];
    } else if (!(at = at->find(name))) {
      return nullptr;
    }
  }
  return at;
}

}  // namespace

void apply_overrides(Config& config, std::span<const std::string> arguments) {
  const OverrideEffects effects(config, arguments);
  Value options = Value::dict();
  for (const std::string& argument : arguments) {
    const Place place = override_place(argument);
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) throw Error(place, "an override is written key=value");
    if (std::count(argument.begin(), argument.begin() + static_cast<std::ptrdiff_t>(equals), '.') > Limits::kNesting)
      throw Error(place, fmt::format("the key has more than {} levels", Limits::kNesting));
    const std::string key = argument.substr(0, equals);
    Value value = parse_override(std::string_view(argument).substr(equals + 1), place);
    // A dict that is written out replaces a value that is not a dict: clip_grad={'max_norm': 1} over None.
    if (const Value* before = value.is_dict() ? value_at(config.tree, key) : nullptr; before && !before->is_dict())
      value.as_dict().set(std::string(kDeleteKey), true);
    options.as_dict().set(Value(key).set_place(place), std::move(value));
  }
  merge_options(config.tree, options, true);
  effects.add_to(config);
}

}  // namespace millrace
