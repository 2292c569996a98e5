#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/text.h"

// Format specifications: Python's library reference, "Format Specification Mini-Language" and "printf-style String
// Formatting".
namespace millrace::py {
namespace {

struct Spec {
  std::string fill = " ";
  char align = 0;
  char sign = '-';
  bool alternate = false;
  bool zero = false;
  size_t width = 0;
  char grouping = 0;
  int precision = -1;
  char type = 0;
};

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

std::string grouped(const std::string& digits, char separator, size_t every) {
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % every == 0) out += separator;
    out += digits[i];
  }
  return out;
}

std::string in_base(uint64_t value, int base, bool upper) {
  char buffer[70];
  const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value, base);
  std::string out(buffer, end);
  if (upper)
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

/// The digits of |value| in the styles e, f, g, without a sign.
std::string float_digits(double value, char type, int precision, bool alternate) {
  const bool upper = type == 'E' || type == 'F' || type == 'G';
  const char style = upper ? static_cast<char>(type + 32) : type;
  value = std::fabs(value);
  std::string out;
  if (!std::isfinite(value)) {
    out = std::isnan(value) ? "nan" : "inf";
  } else if (style == 0) {
    // As repr(); with a precision as 'g', but with a digit behind the point.
    if (precision < 0) return repr(value);
    const int digits = std::max(precision, 1);
    out = fmt::format("{:.{}g}", value, digits);
    const bool plain = out.find_first_of(".e") == std::string::npos;
    if (plain && out.size() < static_cast<size_t>(digits)) out += ".0";
    else if (plain) {
      out = fmt::format("{:.{}e}", value, digits - 1);
    }
  } else if (style == '%') {
    out = fmt::format("{:.{}f}%", value * 100, precision < 0 ? 6 : precision);
  } else if (style == 'e') {
    out = fmt::format("{:.{}e}", value, precision < 0 ? 6 : precision);
  } else if (style == 'f') {
    out = fmt::format("{:.{}f}", value, precision < 0 ? 6 : precision);
    if (alternate && precision == 0) out += '.';
  } else {
    const int digits = precision < 0 ? 6 : std::max(precision, 1);
    out = alternate ? fmt::format("{:#.{}g}", value, digits) : fmt::format("{:.{}g}", value, digits);
  }
  if (upper)
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string pad(const std::string& prefix, const std::string& body, const Spec& spec, char usual) {
  const size_t length = length_of(prefix) + length_of(body);
  const size_t missing = spec.width > length ? spec.width - length : 0;
  const auto fill = [&](size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += spec.fill;
    return out;
  };
  switch (spec.align ? spec.align : usual) {
    case '<':
      return prefix + body + fill(missing);
    case '>':
      return fill(missing) + prefix + body;
    case '=':
      return prefix + fill(missing) + body;
    default:
      return fill(missing / 2) + prefix + body + fill(missing - missing / 2);
  }
}

std::string sign_of(bool negative, char sign) { return negative ? "-" : sign == '-' ? "" : std::string(1, sign); }

Spec parse_spec(const Evaluator& evaluator, std::string_view text, uint32_t offset) {
  Spec spec;
  const auto characters = characters_of(text);
  size_t i = 0;
  const auto at = [&](size_t k) {
    return k < characters.size() && characters[k].size() == 1 ? characters[k][0] : '\0';
  };
  const auto is_align = [&](size_t k) {
    return at(k) != '\0' && std::string_view("<>=^").find(at(k)) != std::string_view::npos;
  };
  if (characters.size() > 1 && is_align(1)) {
    spec.fill = characters[0];
    spec.align = at(1);
    i = 2;
  } else if (is_align(0)) {
    spec.align = at(i++);
  }
  if (at(i) == '+' || at(i) == '-' || at(i) == ' ') spec.sign = at(i++);
  if (at(i) == '#') spec.alternate = true, ++i;
  if (at(i) == '0') spec.zero = true, ++i;
  const auto number = [&](size_t& value) {
    value = 0;
    for (; at(i) >= '0' && at(i) <= '9'; ++i)
      value = std::min(value * 10 + static_cast<size_t>(at(i) - '0'), kWidestFormat + 1);
    if (value > kWidestFormat) evaluator.fail(offset, fmt::format("a format width is at most {}", kWidestFormat));
  };
  number(spec.width);
  if (at(i) == ',' || at(i) == '_') spec.grouping = at(i++);
  if (at(i) == '.') {
    ++i;
    size_t precision = 0;
    const size_t begin = i;
    number(precision);
    if (i == begin) evaluator.fail(offset, fmt::format("the format '{}' has no precision", text));
    spec.precision = static_cast<int>(std::min<size_t>(precision, 10000));
  }
  if (i < characters.size()) spec.type = at(i++);
  if (i < characters.size()) evaluator.fail(offset, fmt::format("'{}' is no format specification", text));
  if (spec.zero && !spec.align) spec.fill = "0", spec.align = '=';
  return spec;
}

}  // namespace

std::string Evaluator::to_text(const Value& value, uint32_t offset) {
  if (value.is_string()) return value.as_string();
  return to_repr(value, offset);
}

std::string Evaluator::to_repr(const Value& value, uint32_t offset) {
  if (value.is_symbol()) return last_part(value.as_symbol().path);
  const auto left = static_cast<size_t>(std::max<int64_t>(0, budget_.limits().bytes - budget_.bytes_used()));
  std::string text = value.repr(left);
  charge_text(text.size(), offset);
  charge(static_cast<int64_t>(text.size() / 16), offset);
  return text;
}

std::string Evaluator::formatted(const Value& value, std::string_view spec_text, uint32_t offset) {
  if (spec_text.empty()) return to_text(value, offset);
  Spec spec = parse_spec(*this, spec_text, offset);
  const auto refuse = [&] {
    fail(offset, fmt::format("the format '{}' does not fit {}", spec_text, with_article(value)));
  };
  const bool is_int = value.is_integer() || value.is_bool();
  if (value.is_number() ||
      (is_int && spec.type != 0 && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos)) {
    if (spec.type != 0 && std::string_view("eEfFgGn%").find(spec.type) == std::string_view::npos) refuse();
    const double number = value.is_number()    ? value.as_number()
                          : value.is_integer() ? static_cast<double>(value.as_integer())
                                               : static_cast<double>(value.as_bool());
    std::string digits = float_digits(number, spec.type == 'n' ? 'g' : spec.type, spec.precision, spec.alternate);
    // Each digit of a double costs more than one of an integer.
    charge(static_cast<int64_t>(digits.size() / 8), offset);
    if (spec.grouping) {
      const size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
      digits = grouped(digits.substr(0, whole), spec.grouping, 3) + digits.substr(whole);
    }
    return pad(sign_of(std::signbit(number) && !std::isnan(number), spec.sign), digits, spec, '>');
  }
  if (is_int) {
    const int64_t number = value.is_bool() ? static_cast<int64_t>(value.as_bool()) : value.as_integer();
    const uint64_t size = number < 0 ? uint64_t{0} - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    if (spec.precision >= 0) refuse();
    std::string prefix = sign_of(number < 0, spec.sign), digits;
    switch (spec.type) {
      case 0:
      case 'n':
      case 'd':
        digits = std::to_string(size);
        break;
      case 'b':
      case 'o':
      case 'x':
      case 'X':
        digits = in_base(size, spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : 16, spec.type == 'X');
        if (spec.alternate) prefix += std::string("0") + spec.type;
        break;
      case 'c': {
        if (number < 0 || number > 0x10FFFF) refuse();
        append_utf8(digits, static_cast<uint32_t>(number));
        return pad("", digits, spec, '<');
      }
      default:
        refuse();
    }
    if (spec.grouping) digits = grouped(digits, spec.grouping, spec.type == 0 || spec.type == 'd' ? 3 : 4);
    return pad(prefix, digits, spec, '>');
  }
  if (!value.is_string() && !value.is_symbol()) refuse();
  if (spec.type != 0 && spec.type != 's') refuse();
  if (spec.align == '=') {
    if (!spec.zero) refuse();
    spec.align = '<';
  }
  std::string text = to_text(value, offset);
  if (spec.precision >= 0) {
    const auto characters = characters_of(text);
    if (characters.size() > static_cast<size_t>(spec.precision)) {
      size_t bytes = 0;
      for (int i = 0; i < spec.precision; ++i) bytes += characters[static_cast<size_t>(i)].size();
      text.resize(bytes);
    }
  }
  return pad("", text, spec, '<');
}

std::string Evaluator::percent(const std::string& format, const Value& values, uint32_t offset) {
  std::string out;
  size_t next = 0;
  bool by_name = false;
  const bool is_tuple = values.kind() == Value::Kind::tuple;
  const auto take = [&]() -> Value {
    if (is_tuple) {
      if (next >= values.items().size()) fail(offset, "'%' has too few values");
      return values.items()[next++];
    }
    if (next++ > 0) fail(offset, "'%' has too few values");
    return values;
  };
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    const auto peek = [&]() { return i < format.size() ? format[i] : '\0'; };
    ++i;
    std::optional<Value> named;
    if (peek() == '(') {
      const size_t end = format.find(')', i);
      if (end == std::string::npos) fail(offset, "'%(' is never closed");
      if (!values.is_dict()) fail(offset, "'%(name)' needs a dict");
      named = get_item(values, Value(format.substr(i + 1, end - i - 1)), offset);
      by_name = true;
      i = end + 1;
    }
    Spec spec;
    spec.align = '>';
    for (bool flags = true; flags;) {
      switch (peek()) {
        case '-':
          spec.align = '<';
          break;
        case '+':
          spec.sign = '+';
          break;
        case ' ':
          spec.sign = spec.sign == '+' ? '+' : ' ';
          break;
        case '#':
          spec.alternate = true;
          break;
        case '0':
          spec.zero = true;
          break;
        default:
          flags = false;
      }
      if (flags) ++i;
    }
    const auto number = [&](size_t& value) {
      for (; peek() >= '0' && peek() <= '9'; ++i)
        value = std::min(value * 10 + static_cast<size_t>(peek() - '0'), kWidestFormat + 1);
      if (value > kWidestFormat) fail(offset, fmt::format("a format width is at most {}", kWidestFormat));
    };
    number(spec.width);
    size_t precision = 0;
    const bool has_precision = peek() == '.';
    if (has_precision) ++i, number(precision);
    if (has_precision) spec.precision = static_cast<int>(std::min<size_t>(precision, 10000));
    const char type = peek();
    if (type == '%') {
      out += '%';
      continue;
    }
    if (type == '\0' || std::string_view("sradiuxXofFeEgGc").find(type) == std::string_view::npos)
      fail(offset, fmt::format("'%{}' is no format", type == '\0' ? "" : std::string(1, type)));
    const Value value = named ? *named : take();
    if (spec.zero && spec.align == '>' && type != 's' && type != 'r' && type != 'a' && type != 'c')
      spec.fill = "0", spec.align = '=';
    std::string prefix, body;
    const bool numeric = value.is_number() || value.is_integer() || value.is_bool();
    if (type == 's' || type == 'r' || type == 'a') {
      body = type == 's' ? to_text(value, offset) : to_repr(value, offset);
      const auto characters = characters_of(body);
      if (spec.precision >= 0 && characters.size() > static_cast<size_t>(spec.precision)) {
        size_t bytes = 0;
        for (int k = 0; k < spec.precision; ++k) bytes += characters[static_cast<size_t>(k)].size();
        body.resize(bytes);
      }
    } else if (type == 'c') {
      if (value.is_string()) body = value.as_string();
      else if (value.is_integer() && value.as_integer() >= 0 && value.as_integer() <= 0x10FFFF)
        append_utf8(body, static_cast<uint32_t>(value.as_integer()));
      else fail(offset, "'%c' needs a character");
    } else if (!numeric) {
      fail(offset, fmt::format("'%{}' needs a number, got {}", type, with_article(value)));
    } else if (std::string_view("diuxXo").find(type) != std::string_view::npos) {
      if (value.is_number() && type != 'd' && type != 'i' && type != 'u')
        fail(offset, fmt::format("'%{}' needs an int", type));
      const double real = value.is_number() ? std::trunc(value.as_number()) : 0;
      if (!(real >= -0x1p63 && real < 0x1p63)) fail(offset, "the integer does not fit into 64 bits");
      const int64_t whole = value.is_number() ? static_cast<int64_t>(real)
                            : value.is_bool() ? value.as_bool()
                                              : value.as_integer();
      const uint64_t size = whole < 0 ? uint64_t{0} - static_cast<uint64_t>(whole) : static_cast<uint64_t>(whole);
      prefix = sign_of(whole < 0, spec.sign);
      const int base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : 10;
      body = in_base(size, base, type == 'X');
      if (spec.alternate && base != 10) prefix += std::string("0") + type;
      if (spec.precision > static_cast<int>(body.size()))
        body.insert(0, static_cast<size_t>(spec.precision) - body.size(), '0');
    } else {
      const double real = value.is_number()    ? value.as_number()
                          : value.is_integer() ? static_cast<double>(value.as_integer())
                                               : static_cast<double>(value.as_bool());
      prefix = sign_of(std::signbit(real) && !std::isnan(real), spec.sign);
      body = float_digits(real, type, spec.precision, spec.alternate);
      charge(static_cast<int64_t>(body.size() / 8), offset);
    }
    out += pad(prefix, body, spec, '>');
    charge_text(body.size() + spec.width, offset);
  }
  const bool unused = is_tuple ? next < values.items().size() : next == 0 && !by_name && !values.is_dict();
  if (unused) fail(offset, "'%' has more values than the text has places");
  return out;
}

std::string Evaluator::format_fields(const std::string& format, const Arguments& arguments) {
  size_t next = 0;
  return format_fields(format, arguments, next, 0);
}

std::string Evaluator::format_fields(const std::string& format, const Arguments& arguments, size_t& next, int nesting) {
  if (nesting > 1) fail(arguments.offset, "a format is nested too deeply");
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if ((c == '{' || c == '}') && i + 1 < format.size() && format[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    if (c == '}') fail(arguments.offset, "a single '}' in a format; write '}}'");
    if (c != '{') {
      out += c;
      continue;
    }
    size_t end = i + 1;
    for (int depth = 1; end < format.size(); ++end) {
      depth += format[end] == '{' ? 1 : format[end] == '}' ? -1 : 0;
      if (depth == 0) break;
    }
    if (end >= format.size()) fail(arguments.offset, "'{' is never closed in a format");
    std::string field = format.substr(i + 1, end - i - 1), spec;
    i = end;
    char conversion = 0;
    const size_t mark = field.find_first_of("!:");
    if (mark != std::string::npos) {
      const std::string rest = field.substr(mark);
      field.resize(mark);
      if (rest[0] == '!' && rest.size() > 1) conversion = rest[1];
      const size_t colon = rest.find(':');
      if (colon != std::string::npos) spec = rest.substr(colon + 1);
    }
    // field: name or number, then .attribute and [item] in any order
    const size_t head_end = std::min(field.find_first_of(".["), field.size());
    const std::string head = field.substr(0, head_end);
    Value value;
    const bool numbered =
        !head.empty() && std::all_of(head.begin(), head.end(), [](char d) { return d >= '0' && d <= '9'; });
    if (head.empty() || numbered) {
      const size_t index =
          numbered ? static_cast<size_t>(std::min(head.size() > 6 ? 999999 : std::atoi(head.c_str()), 999999)) : next++;
      if (index >= arguments.positional.size()) fail(arguments.offset, fmt::format("format() has no value {}", index));
      value = arguments.positional[index];
    } else {
      const Value* found = nullptr;
      for (const auto& [key, named] : arguments.named)
        if (key.as_string() == head) found = &named;
      if (!found) fail(arguments.offset, fmt::format("format() has no value '{}'", head));
      value = *found;
    }
    for (size_t k = head_end; k < field.size();) {
      if (field[k] == '.') {
        const size_t stop = std::min(field.find_first_of(".[", k + 1), field.size());
        value = get_attribute(value, field.substr(k + 1, stop - k - 1), arguments.offset);
        k = stop;
      } else {
        const size_t stop = field.find(']', k);
        if (field[k] != '[' || stop == std::string::npos)
          fail(arguments.offset, fmt::format("'{}' is no field of a format", field));
        const std::string key = field.substr(k + 1, stop - k - 1);
        const bool is_index = !key.empty() && key.size() < 10 &&
                              std::all_of(key.begin(), key.end(), [](char d) { return d >= '0' && d <= '9'; });
        value = get_item(value, is_index ? Value(static_cast<int64_t>(std::atoi(key.c_str()))) : Value(key),
                         arguments.offset);
        k = stop + 1;
      }
    }
    if (conversion == 'r' || conversion == 'a') value = Value(to_repr(value, arguments.offset));
    else if (conversion == 's') value = Value(to_text(value, arguments.offset));
    if (spec.find('{') != std::string::npos) spec = format_fields(spec, arguments, next, nesting + 1);
    const std::string text = formatted(value, spec, arguments.offset);
    charge_text(text.size(), arguments.offset);
    out += text;
  }
  return out;
}

}  // namespace millrace::py
