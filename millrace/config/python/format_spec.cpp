#include "millrace/config/python/format_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/python/format.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/numbers.h"

// Python's library reference: "Format Specification Mini-Language".
namespace millrace::py {
namespace {

bool is_one_of(char type, std::string_view types) { return type != 0 && types.find(type) != std::string_view::npos; }

void to_capitals(std::string& text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// Without a type: as repr(); with a precision as 'g', but with a digit behind the point.
std::string plain_float(double value, int precision) {
  if (precision < 0) return repr(value);
  const int digits = std::max(precision, 1);
  std::string out = fmt::format("{:.{}g}", value, digits);
  if (out.find_first_of(".e") != std::string::npos) return out;
  return out.size() < static_cast<size_t>(digits) ? out + ".0" : fmt::format("{:.{}e}", value, digits - 1);
}

/// Reads a specification from left to right.
class SpecReader {
 public:
  SpecReader(const Evaluator& evaluator, std::string_view text, uint32_t offset)
      : evaluator_(evaluator), text_(text), characters_(characters_of(text)), offset_(offset) {}

  FormatSpec read() {
    FormatSpec spec;
    if (characters_.size() > 1 && is_one_of(at(1), "<>=^")) {
      spec.fill = characters_[0];
      spec.align = at(1);
      next_ = 2;
    } else if (is_one_of(at(0), "<>=^")) {
      spec.align = take();
    }
    if (is_one_of(at(next_), "+- ")) spec.sign = take();
    spec.alternate = accept('#');
    spec.zero = accept('0');
    spec.width = number();
    if (is_one_of(at(next_), ",_")) spec.grouping = take();
    if (accept('.')) spec.precision = precision();
    if (next_ < characters_.size()) spec.type = take();
    if (next_ < characters_.size()) evaluator_.fail(offset_, fmt::format("'{}' is not a format specification", text_));
    if (spec.zero && !spec.align) spec.fill = "0", spec.align = '=';
    return spec;
  }

 private:
  char at(size_t i) const { return i < characters_.size() && characters_[i].size() == 1 ? characters_[i][0] : '\0'; }
  char take() { return at(next_++); }
  bool accept(char c) { return at(next_) == c && ++next_; }

  size_t number() {
    size_t value = 0;
    for (; at(next_) >= '0' && at(next_) <= '9'; ++next_)
      value = std::min(value * 10 + static_cast<size_t>(at(next_) - '0'), kWidestFormat + 1);
    if (value > kWidestFormat) evaluator_.fail(offset_, fmt::format("a format width is at most {}", kWidestFormat));
    return value;
  }

  int precision() {
    const size_t begin = next_;
    const size_t value = number();
    if (next_ == begin) evaluator_.fail(offset_, fmt::format("the format '{}' has no precision", text_));
    return static_cast<int>(std::min<size_t>(value, 10000));
  }

  const Evaluator& evaluator_;
  std::string_view text_;
  std::vector<std::string_view> characters_;
  uint32_t offset_;
  size_t next_ = 0;
};

/// What `formatted` refuses by std::nullopt: a specification that does not suit the value.
std::optional<std::string> formatted_float(Evaluator& evaluator, double number, FormatSpec spec, uint32_t offset) {
  if (spec.type != 0 && !is_one_of(spec.type, "eEfFgGn%")) return std::nullopt;
  if (spec.type == 'n') spec.type = 'g';
  std::string digits = float_digits(number, spec);
  evaluator.charge(static_cast<int64_t>(digits.size() / 8), offset);  // each costs more than one of an integer
  if (spec.grouping) {
    const size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
    digits = grouped(digits.substr(0, whole), spec.grouping, 3) + digits.substr(whole);
  }
  return padded(sign_text(std::signbit(number) && !std::isnan(number), spec), digits, spec, '>');
}

std::optional<std::string> formatted_integer(Evaluator& evaluator, const BigInteger& number, const FormatSpec& spec,
                                             uint32_t offset) {
  if (spec.precision >= 0 || (spec.type != 0 && !is_one_of(spec.type, "ndboxXc"))) return std::nullopt;
  if (spec.type == 'c') {
    const int64_t code = number.as_int64().value_or(-1);
    if (code < 0 || code > 0x10FFFF) return std::nullopt;
    std::string character;
    append_utf8(character, static_cast<uint32_t>(code));
    return padded("", character, spec, '<');
  }
  const bool decimal = !is_one_of(spec.type, "boxX");
  if (!decimal) evaluator.charge(static_cast<int64_t>(number.digits() * number.digits() / 16384), offset);
  std::string prefix = sign_text(number.is_negative(), spec);
  if (spec.alternate && !decimal) prefix += std::string("0") + spec.type;
  std::string digits = integer_digits(number, spec.type);
  if (spec.grouping) digits = grouped(digits, spec.grouping, decimal ? 3 : 4);
  return padded(prefix, digits, spec, '>');
}

std::optional<std::string> formatted_text(std::string text, FormatSpec spec) {
  if (spec.type != 0 && spec.type != 's') return std::nullopt;
  if (spec.align == '=') {
    if (!spec.zero) return std::nullopt;
    spec.align = '<';
  }
  if (spec.precision >= 0) text = first_characters(std::move(text), spec.precision);
  return padded("", text, spec, '<');
}

}  // namespace

std::string padded(const std::string& prefix, const std::string& body, const FormatSpec& spec, char usual) {
  const size_t length = character_count(prefix) + character_count(body);
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

std::string sign_text(bool negative, const FormatSpec& spec) {
  return negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
}

std::string float_digits(double value, const FormatSpec& spec) {
  const bool upper = is_one_of(spec.type, "EFG");
  const char style = upper ? static_cast<char>(spec.type + 32) : spec.type;
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  value = std::fabs(value);
  std::string out;
  if (!std::isfinite(value)) out = std::isnan(value) ? "nan" : "inf";
  else if (style == 0) out = plain_float(value, spec.precision);
  else if (style == '%') out = fmt::format("{:.{}f}%", value * 100, precision);
  else if (style == 'e') out = fmt::format("{:.{}e}", value, precision);
  else if (style == 'f') out = fmt::format("{:.{}f}", value, precision) + (spec.alternate && precision == 0 ? "." : "");
  else if (spec.alternate) out = fmt::format("{:#.{}g}", value, std::max(precision, 1));
  else out = fmt::format("{:.{}g}", value, std::max(precision, 1));
  if (upper) to_capitals(out);
  return out;
}

std::string integer_digits(const BigInteger& value, char type) {
  const int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
  std::string out = (value.is_negative() ? -value : value).str(base);
  if (type == 'X') to_capitals(out);
  return out;
}

std::string grouped(const std::string& digits, char separator, size_t every) {
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % every == 0) out += separator;
    out += digits[i];
  }
  return out;
}

std::string first_characters(std::string text, int count) {
  const auto characters = characters_of(text);
  if (characters.size() <= static_cast<size_t>(count)) return text;
  text.resize(static_cast<size_t>(characters[static_cast<size_t>(count)].data() - text.data()));
  return text;
}

std::string formatted(Evaluator& evaluator, const Value& value, std::string_view text, uint32_t offset) {
  if (text.empty()) return evaluator.to_text(value, offset);
  const FormatSpec spec = SpecReader(evaluator, text, offset).read();
  std::optional<std::string> out;
  if (value.is_number() || (is_int(value) && is_one_of(spec.type, "eEfFgG%")))
    out = formatted_float(evaluator, float_of(evaluator, value, offset), spec, offset);
  else if (is_int(value)) out = formatted_integer(evaluator, integer_of(value), spec, offset);
  else if (value.is_string() || value.is_symbol()) out = formatted_text(evaluator.to_text(value, offset), spec);
  if (!out) evaluator.fail(offset, fmt::format("the format '{}' does not fit {}", text, with_article(value)));
  return std::move(*out);
}

}  // namespace millrace::py
