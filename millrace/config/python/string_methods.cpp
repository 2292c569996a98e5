#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/python/format.h"
#include "millrace/config/python/library.h"

namespace millrace::py {
namespace {

constexpr std::string_view kWhitespace = " \t\n\r\f\v";

const std::string& text_argument(Evaluator& evaluator, const Value& value, const char* method, uint32_t offset) {
  if (!value.is_string()) evaluator.fail(offset, fmt::format("{}() needs a str, got {}", method, with_article(value)));
  return value.as_string();
}

/// The only argument of a method that needs one.
const std::string& only_text(Evaluator& evaluator, Arguments& args, const char* method) {
  return text_argument(evaluator, *args.bind(evaluator, method, {"text"}, 1)[0], method, args.offset);
}

Value str_format(Evaluator& evaluator, Value self, Arguments& args) {
  return brace_formatted(evaluator, self.as_string(), args);
}

Value str_format_map(Evaluator& evaluator, Value self, Arguments& args) {
  const Value& mapping = *args.bind(evaluator, "format_map", {"mapping"}, 1)[0];
  if (!mapping.is_dict()) evaluator.fail(args.offset, "format_map() needs a dict");
  Arguments fields{{}, {}, args.offset};
  for (const auto& [key, value] : mapping.as_dict())
    if (key.is_string()) fields.named.push_back({key, value});
  return brace_formatted(evaluator, self.as_string(), fields);
}

Value str_join(Evaluator& evaluator, Value self, Arguments& args) {
  std::string out;
  bool first = true;
  for (const Value& part : evaluator.iterate(*args.bind(evaluator, "join", {"iterable"}, 1)[0], args.offset)) {
    const std::string& text = text_argument(evaluator, part, "join", args.offset);
    evaluator.charge_text(text.size() + self.as_string().size(), args.offset);
    if (!first) out += self.as_string();
    first = false;
    out += text;
  }
  return out;
}

Value texts(Evaluator& evaluator, const std::vector<std::string>& parts, uint32_t offset) {
  evaluator.charge(static_cast<int64_t>(parts.size()), offset);
  Value::Items items;
  for (const std::string& part : parts) items.push_back(evaluator.new_text(part, offset));
  return evaluator.new_list(std::move(items), offset);
}

int64_t split_limit(Evaluator& evaluator, const Value* value, uint32_t offset) {
  if (!value) return -1;
  if (!value->is_integer()) evaluator.fail(offset, "maxsplit is an int");
  return value->as_integer();
}

Value str_split(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "split", {"sep", "maxsplit"}, 0);
  const int64_t limit = split_limit(evaluator, bound[1], args.offset);
  const std::string& text = self.as_string();
  std::vector<std::string> parts;
  size_t begin = 0;
  const auto more = [&] { return limit < 0 || static_cast<int64_t>(parts.size()) < limit; };
  if (!bound[0] || bound[0]->is_null()) {
    for (;;) {
      begin = text.find_first_not_of(kWhitespace, begin);
      if (begin == std::string::npos) break;
      const size_t end = more() ? text.find_first_of(kWhitespace, begin) : std::string::npos;
      if (end == std::string::npos) {
        std::string rest = text.substr(begin);
        rest.erase(rest.find_last_not_of(kWhitespace) + 1);
        parts.push_back(more() ? text.substr(begin) : rest);
        break;
      }
      parts.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    return texts(evaluator, parts, args.offset);
  }
  const std::string& separator = text_argument(evaluator, *bound[0], "split", args.offset);
  if (separator.empty()) evaluator.fail(args.offset, "split() by an empty str");
  evaluator.charge_search(text, separator, args.offset);
  for (size_t end; more() && (end = text.find(separator, begin)) != std::string::npos; begin = end + separator.size())
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return texts(evaluator, parts, args.offset);
}

Value str_rsplit(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "rsplit", {"sep", "maxsplit"}, 0);
  const int64_t limit = split_limit(evaluator, bound[1], args.offset);
  if (limit < 0) return str_split(evaluator, self, args);
  std::string text = self.as_string();
  std::vector<std::string> parts;
  const bool blanks = !bound[0] || bound[0]->is_null();
  if (!blanks && text_argument(evaluator, *bound[0], "rsplit", args.offset).empty())
    evaluator.fail(args.offset, "rsplit() by an empty str");
  if (!blanks) evaluator.charge_search(text, bound[0]->as_string(), args.offset);
  while (static_cast<int64_t>(parts.size()) < limit) {
    if (blanks) text.erase(text.find_last_not_of(kWhitespace) + 1);
    const size_t at = blanks ? text.find_last_of(kWhitespace) : text.rfind(bound[0]->as_string());
    if (at == std::string::npos) break;
    parts.push_back(text.substr(at + (blanks ? 1 : bound[0]->as_string().size())));
    text.erase(at);
    evaluator.charge(1, args.offset);
  }
  if (blanks) text.erase(text.find_last_not_of(kWhitespace) + 1);
  if (!blanks || !text.empty()) parts.push_back(text);
  std::reverse(parts.begin(), parts.end());
  return texts(evaluator, parts, args.offset);
}

Value str_splitlines(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "splitlines", {}, 0);
  std::vector<std::string> parts = split(self.as_string(), '\n');
  if (parts.back().empty()) parts.pop_back();
  return texts(evaluator, parts, args.offset);
}

Value stripped(Evaluator& evaluator, const Value& self, Arguments& args, const char* method, bool left, bool right) {
  const auto bound = args.bind(evaluator, method, {"chars"}, 0);
  const bool given = bound[0] && !bound[0]->is_null();
  const auto wanted =
      characters_of(given ? std::string_view(text_argument(evaluator, *bound[0], method, args.offset)) : kWhitespace);
  const auto characters = characters_of(self.as_string());
  evaluator.charge(static_cast<int64_t>(characters.size() * (1 + wanted.size() / 16) / 16), args.offset);
  size_t begin = 0, end = characters.size();
  const auto drop = [&](std::string_view c) { return std::find(wanted.begin(), wanted.end(), c) != wanted.end(); };
  while (left && begin < end && drop(characters[begin])) ++begin;
  while (right && end > begin && drop(characters[end - 1])) --end;
  std::string out;
  for (size_t i = begin; i < end; ++i) out += characters[i];
  return out;
}

Value str_strip(Evaluator& e, Value self, Arguments& a) { return stripped(e, self, a, "strip", true, true); }
Value str_lstrip(Evaluator& e, Value self, Arguments& a) { return stripped(e, self, a, "lstrip", true, false); }
Value str_rstrip(Evaluator& e, Value self, Arguments& a) { return stripped(e, self, a, "rstrip", false, true); }

Value str_replace(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "replace", {"old", "new", "count"}, 2);
  const std::string& old = text_argument(evaluator, *bound[0], "replace", args.offset);
  const std::string& with = text_argument(evaluator, *bound[1], "replace", args.offset);
  int64_t left = split_limit(evaluator, bound[2], args.offset);
  if (left < 0) left = INT64_MAX;
  const std::string& text = self.as_string();
  std::string out;
  size_t begin = 0;
  if (old.empty()) {
    for (std::string_view character : characters_of(text)) {
      if (left-- > 0) out += with;
      out += character;
      evaluator.charge_text(with.size() + character.size(), args.offset);
    }
    if (left > 0) out += with;
    return out;
  }
  evaluator.charge_search(text, old, args.offset);
  for (size_t at; left-- > 0 && (at = text.find(old, begin)) != std::string::npos; begin = at + old.size()) {
    evaluator.charge_text(with.size() + at - begin, args.offset);
    out.append(text, begin, at - begin);
    out += with;
  }
  return out.append(text, begin, std::string::npos);
}

bool matches_any(Evaluator& evaluator, const std::string& text, Arguments& args, const char* method, bool at_end) {
  const Value given = *args.bind(evaluator, method, {"prefix"}, 1)[0];
  const std::span<const Value> choices = given.is_sequence() ? std::span(given.items()) : std::span(&given, 1);
  for (const Value& choice : choices) {
    evaluator.charge(1, args.offset);
    const std::string& part = text_argument(evaluator, choice, method, args.offset);
    evaluator.charge_scan(part, args.offset);
    if (at_end ? text.ends_with(part) : text.starts_with(part)) return true;
  }
  return false;
}
Value str_startswith(Evaluator& e, Value self, Arguments& a) {
  return matches_any(e, self.as_string(), a, "startswith", false);
}
Value str_endswith(Evaluator& e, Value self, Arguments& a) {
  return matches_any(e, self.as_string(), a, "endswith", true);
}

// Letters beyond ASCII stay as they are.
char upper_of(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower_of(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_letter_char(char c) { return upper_of(c) != lower_of(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit_char(char c) { return c >= '0' && c <= '9'; }

Value str_upper(Evaluator&, Value self, Arguments&) {
  std::string text = self.as_string();
  std::transform(text.begin(), text.end(), text.begin(), upper_of);
  return text;
}
Value str_lower(Evaluator&, Value self, Arguments&) { return to_lower(self.as_string()); }
Value str_capitalize(Evaluator&, Value self, Arguments&) {
  std::string text = to_lower(self.as_string());
  if (!text.empty()) text[0] = upper_of(text[0]);
  return text;
}
Value str_title(Evaluator&, Value self, Arguments&) {
  std::string text = self.as_string();
  bool inside = false;
  for (char& c : text) {
    c = inside ? lower_of(c) : upper_of(c);
    inside = is_letter_char(c);
  }
  return text;
}
Value str_swapcase(Evaluator&, Value self, Arguments&) {
  std::string text = self.as_string();
  for (char& c : text) c = c == upper_of(c) ? lower_of(c) : upper_of(c);
  return text;
}

bool all_are(const std::string& text, bool (*predicate)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}
Value str_isdigit(Evaluator&, Value self, Arguments&) { return all_are(self.as_string(), is_digit_char); }
Value str_isalpha(Evaluator&, Value self, Arguments&) { return all_are(self.as_string(), is_letter_char); }
Value str_isalnum(Evaluator&, Value self, Arguments&) {
  return all_are(self.as_string(), [](char c) { return is_letter_char(c) || is_digit_char(c); });
}
Value str_isspace(Evaluator&, Value self, Arguments&) {
  return all_are(self.as_string(), [](char c) { return kWhitespace.find(c) != std::string_view::npos; });
}
bool cased(const std::string& text, char (*fold)(char)) {
  const bool any = std::any_of(text.begin(), text.end(), [](char c) { return upper_of(c) != lower_of(c); });
  return any && std::all_of(text.begin(), text.end(), [fold](char c) { return fold(c) == c; });
}
Value str_isupper(Evaluator&, Value self, Arguments&) { return cased(self.as_string(), upper_of); }
Value str_islower(Evaluator&, Value self, Arguments&) { return cased(self.as_string(), lower_of); }

int64_t find_in(Evaluator& evaluator, const Value& self, Arguments& args, const char* method, bool last) {
  const std::string& text = self.as_string();
  const std::string& part = only_text(evaluator, args, method);
  evaluator.charge_search(text, part, args.offset);
  const size_t at = last ? text.rfind(part) : text.find(part);
  return at == std::string::npos ? -1 : static_cast<int64_t>(character_count(std::string_view(text).substr(0, at)));
}
Value str_find(Evaluator& e, Value self, Arguments& a) { return find_in(e, self, a, "find", false); }
Value str_rfind(Evaluator& e, Value self, Arguments& a) { return find_in(e, self, a, "rfind", true); }
Value str_index(Evaluator& evaluator, Value self, Arguments& args) {
  const int64_t at = find_in(evaluator, self, args, "index", false);
  if (at < 0) evaluator.fail(args.offset, fmt::format("{} is not in {}", args.positional[0].repr(), self.repr()));
  return at;
}

Value str_count(Evaluator& evaluator, Value self, Arguments& args) {
  const std::string& part = only_text(evaluator, args, "count");
  if (part.empty()) return static_cast<int64_t>(character_count(self.as_string()) + 1);
  evaluator.charge_search(self.as_string(), part, args.offset);
  int64_t count = 0;
  for (size_t at = 0; (at = self.as_string().find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

Value partitioned(Evaluator& evaluator, const Value& self, Arguments& args, bool last) {
  const std::string separator = only_text(evaluator, args, "partition");
  const std::string& text = self.as_string();
  if (separator.empty()) evaluator.fail(args.offset, "partition() by an empty str");
  evaluator.charge_search(text, separator, args.offset);
  evaluator.charge_text(text.size(), args.offset);
  const size_t at = last ? text.rfind(separator) : text.find(separator);
  if (at == std::string::npos) {
    if (last) return evaluator.new_tuple({"", "", text}, args.offset);
    return evaluator.new_tuple({text, "", ""}, args.offset);
  }
  return evaluator.new_tuple({text.substr(0, at), separator, text.substr(at + separator.size())}, args.offset);
}
Value str_partition(Evaluator& e, Value self, Arguments& a) { return partitioned(e, self, a, false); }
Value str_rpartition(Evaluator& e, Value self, Arguments& a) { return partitioned(e, self, a, true); }

size_t width_argument(Evaluator& evaluator, const Value& value, const char* method, uint32_t offset) {
  if (!value.is_integer()) evaluator.fail(offset, fmt::format("{}() needs a width", method));
  if (value.as_integer() > int64_t{kWidestFormat})
    evaluator.fail(offset, fmt::format("a format width is at most {}", kWidestFormat));
  return static_cast<size_t>(std::max<int64_t>(value.as_integer(), 0));
}

Value padded(Evaluator& evaluator, const Value& self, Arguments& args, const char* method, char align) {
  const auto bound = args.bind(evaluator, method, {"width", "fillchar"}, 1);
  const std::string fill = bound[1] ? text_argument(evaluator, *bound[1], method, args.offset) : " ";
  if (character_count(fill) != 1) evaluator.fail(args.offset, "the fill character is one character");
  const size_t width = width_argument(evaluator, *bound[0], method, args.offset);
  const size_t length = character_count(self.as_string());
  if (length >= width) return self;
  const size_t missing = width - length;
  // Python's centre leans to the left where both lengths are odd or even alike.
  const size_t left = align == '<' ? 0 : align == '>' ? missing : missing / 2 + (missing & width & 1);
  std::string out;
  for (size_t i = 0; i < left; ++i) out += fill;
  out += self.as_string();
  for (size_t i = left; i < missing; ++i) out += fill;
  return evaluator.new_text(std::move(out), args.offset);
}
Value str_ljust(Evaluator& e, Value self, Arguments& a) { return padded(e, self, a, "ljust", '<'); }
Value str_rjust(Evaluator& e, Value self, Arguments& a) { return padded(e, self, a, "rjust", '>'); }
Value str_center(Evaluator& e, Value self, Arguments& a) { return padded(e, self, a, "center", '^'); }

Value str_zfill(Evaluator& evaluator, Value self, Arguments& args) {
  const Value& given = *args.bind(evaluator, "zfill", {"width"}, 1)[0];
  const size_t width = width_argument(evaluator, given, "zfill", args.offset);
  std::string text = self.as_string();
  const size_t length = character_count(text);
  if (length < width) text.insert(text.starts_with('-') || text.starts_with('+') ? 1 : 0, width - length, '0');
  return evaluator.new_text(std::move(text), args.offset);
}

Value str_removeprefix(Evaluator& evaluator, Value self, Arguments& args) {
  const std::string& prefix = only_text(evaluator, args, "removeprefix");
  return self.as_string().starts_with(prefix) ? self.as_string().substr(prefix.size()) : self.as_string();
}
Value str_removesuffix(Evaluator& evaluator, Value self, Arguments& args) {
  const std::string& suffix = only_text(evaluator, args, "removesuffix");
  const std::string& text = self.as_string();
  return !suffix.empty() && text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

}  // namespace

Method find_string_method(std::string_view name) {
  static const std::unordered_map<std::string_view, Method> table = {
      {"format", str_format},
      {"format_map", str_format_map},
      {"join", str_join},
      {"split", str_split},
      {"rsplit", str_rsplit},
      {"splitlines", str_splitlines},
      {"strip", str_strip},
      {"lstrip", str_lstrip},
      {"rstrip", str_rstrip},
      {"replace", str_replace},
      {"startswith", str_startswith},
      {"endswith", str_endswith},
      {"upper", str_upper},
      {"lower", str_lower},
      {"casefold", str_lower},
      {"capitalize", str_capitalize},
      {"title", str_title},
      {"swapcase", str_swapcase},
      {"isdigit", str_isdigit},
      {"isnumeric", str_isdigit},
      {"isdecimal", str_isdigit},
      {"isalpha", str_isalpha},
      {"isalnum", str_isalnum},
      {"isspace", str_isspace},
      {"isupper", str_isupper},
      {"islower", str_islower},
      {"find", str_find},
      {"rfind", str_rfind},
      {"index", str_index},
      {"count", str_count},
      {"partition", str_partition},
      {"rpartition", str_rpartition},
      {"ljust", str_ljust},
      {"rjust", str_rjust},
      {"center", str_center},
      {"zfill", str_zfill},
      {"removeprefix", str_removeprefix},
      {"removesuffix", str_removesuffix},
  };
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace millrace::py
