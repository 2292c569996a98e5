#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/utf8.h"
#include "millrace/config/python/format.h"
#include "millrace/config/python/format_spec.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/numbers.h"

// Python's library reference: "printf-style String Formatting".
namespace millrace::py {
namespace {

class PercentFormatter {
 public:
  PercentFormatter(Evaluator& evaluator, const std::string& format, const Value& values, uint32_t offset)
      : evaluator_(evaluator), format_(format), values_(values), offset_(offset) {}

  std::string run() {
    std::string out;
    while (at_ < format_.size()) {
      const char c = format_[at_++];
      if (c == '%') out += placeholder();
      else out += c;
    }
    const bool is_tuple = values_.kind() == Value::Kind::tuple;
    const bool unused = is_tuple ? next_ < values_.items().size() : next_ == 0 && !by_name_ && !values_.is_dict();
    if (unused) fail("'%' has more values than the text has places");
    return out;
  }

 private:
  [[noreturn]] void fail(std::string what) const { evaluator_.fail(offset_, std::move(what)); }
  char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  std::string placeholder() {
    const std::optional<Value> named = peek() == '(' ? std::optional(named_value()) : std::nullopt;
    FormatSpec spec = flags();
    spec.width = number();
    if (peek() == '.') ++at_, spec.precision = static_cast<int>(std::min<size_t>(number(), 10000));
    spec.type = peek();
    if (spec.type == '\0' || std::string_view("sradiuxXofFeEgGc%").find(spec.type) == std::string_view::npos)
      fail(fmt::format("'%{}' is not a format", spec.type == '\0' ? "" : std::string(1, spec.type)));
    ++at_;
    if (spec.type == '%') return "%";
    const std::string text = rendered(named ? *named : next_value(), spec);
    evaluator_.charge_text(text.size(), offset_);
    return text;
  }

  Value named_value() {
    const size_t end = format_.find(')', at_);
    if (end == std::string::npos) fail("'%(' is never closed");
    if (!values_.is_dict()) fail("'%(name)' needs a dict");
    by_name_ = true;
    const std::string name = format_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return evaluator_.get_item(values_, Value(name), offset_);
  }

  Value next_value() {
    const bool is_tuple = values_.kind() == Value::Kind::tuple;
    if (next_ >= (is_tuple ? values_.items().size() : 1)) fail("'%' has too few values");
    return is_tuple ? values_.items()[next_++] : (++next_, values_);
  }

  FormatSpec flags() {
    FormatSpec spec;
    spec.align = '>';
    for (;; ++at_) {
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
          return spec;
      }
    }
  }

  size_t number() {
    size_t value = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_)
      value = std::min(value * 10 + static_cast<size_t>(peek() - '0'), kWidestFormat + 1);
    if (value > kWidestFormat) fail(fmt::format("a format width is at most {}", kWidestFormat));
    return value;
  }

  std::string rendered(const Value& value, FormatSpec& spec) {
    if (spec.type == 's' || spec.type == 'r' || spec.type == 'a') {
      std::string text = spec.type == 's' ? evaluator_.to_text(value, offset_) : evaluator_.to_repr(value, offset_);
      if (spec.precision >= 0) text = first_characters(std::move(text), spec.precision);
      return padded("", text, spec, '>');
    }
    if (spec.type == 'c') return padded("", character(value), spec, '>');
    if (!is_numeric(value)) fail(fmt::format("'%{}' needs a number, got {}", spec.type, with_article(value)));
    if (spec.zero && spec.align == '>') spec.fill = "0", spec.align = '=';
    return std::string_view("diuxXo").find(spec.type) != std::string_view::npos ? integer(value, spec)
                                                                                : real(value, spec);
  }

  std::string character(const Value& value) const {
    if (value.is_string()) return value.as_string();
    if (!value.is_integer() || value.as_integer() < 0 || value.as_integer() > 0x10FFFF) fail("'%c' needs a character");
    std::string out;
    append_utf8(out, static_cast<uint32_t>(value.as_integer()));
    return out;
  }

  std::string integer(const Value& value, const FormatSpec& spec) {
    const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
    if (value.is_number() && !decimal) fail(fmt::format("'%{}' needs an int", spec.type));
    const BigInteger whole =
        integer_of(value.is_number() ? new_integer(evaluator_, std::trunc(value.as_number()), "int", offset_) : value);
    if (!decimal) evaluator_.charge(static_cast<int64_t>(whole.digits() * whole.digits() / 16384), offset_);
    std::string prefix = sign_text(whole.is_negative(), spec), digits = integer_digits(whole, spec.type);
    if (spec.alternate && !decimal) prefix += std::string("0") + spec.type;
    if (spec.precision > static_cast<int>(digits.size()))
      digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
    return padded(prefix, digits, spec, '>');
  }

  std::string real(const Value& value, const FormatSpec& spec) {
    const double number = float_of(evaluator_, value, offset_);
    const std::string digits = float_digits(number, spec);
    evaluator_.charge(static_cast<int64_t>(digits.size() / 8), offset_);
    return padded(sign_text(std::signbit(number) && !std::isnan(number), spec), digits, spec, '>');
  }

  Evaluator& evaluator_;
  const std::string& format_;
  const Value& values_;
  uint32_t offset_;
  size_t at_ = 0, next_ = 0;
  bool by_name_ = false;
};

}  // namespace

std::string percent_formatted(Evaluator& evaluator, const std::string& format, const Value& values, uint32_t offset) {
  return PercentFormatter(evaluator, format, values, offset).run();
}

}  // namespace millrace::py
