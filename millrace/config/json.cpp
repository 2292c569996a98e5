#include "millrace/config/json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/utf8.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/limits.h"
#include "millrace/config/source.h"

namespace millrace {
namespace {

class JsonReader {
 public:
  explicit JsonReader(const Source& source) : source_(source), text_(source.text()) {}

  Value document() {
    Value value = read(0);
    skip_blanks();
    if (at_ < text_.size()) fail("expected the end of the text");
    return value;
  }

 private:
  [[noreturn]] void fail(std::string what) const {
    throw Error(source_.place(at_),
                "JSON: " + std::move(what) +
                    (at_ < text_.size() ? fmt::format(", found '{}'", characters_of(text_.substr(at_, 4))[0])
                                        : std::string(", found the end")));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  bool accept(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Value read(int depth) {
    skip_blanks();
    if (depth > Limits::kNesting)
      throw Error(source_.place(at_), fmt::format("JSON: nested deeper than {}", Limits::kNesting));
    const Place place = source_.place(at_);
    switch (peek()) {
      case '{':
        return object(depth).set_place(place);
      case '[':
        return array(depth).set_place(place);
      case '"':
        return Value(string()).set_place(place);
      default:
        break;
    }
    Value value;
    if (accept("true")) value = Value(true);
    else if (accept("false")) value = Value(false);
    else if (accept("NaN")) value = Value(std::nan(""));
    else if (accept("Infinity")) value = Value(HUGE_VAL);
    else if (accept("-Infinity")) value = Value(-HUGE_VAL);
    else if (!accept("null")) value = number();
    return std::move(value.set_place(place));
  }

  Value object(int depth) {
    ++at_;
    Value out = Value::dict();
    skip_blanks();
    if (accept("}")) return out;
    for (;;) {
      skip_blanks();
      if (peek() != '"') fail("expected a key in quotes");
      const Place place = source_.place(at_);
      Value key = Value(string()).set_place(place);
      skip_blanks();
      if (!accept(":")) fail("expected ':' after the key");
      out.as_dict().set(std::move(key), read(depth + 1));
      skip_blanks();
      if (accept("}")) return out;
      if (!accept(",")) fail("expected ',' or '}'");
    }
  }

  Value array(int depth) {
    ++at_;
    Value::Items items;
    skip_blanks();
    if (accept("]")) return Value::list();
    for (;;) {
      items.push_back(read(depth + 1));
      skip_blanks();
      if (accept("]")) return Value::list(std::move(items));
      if (!accept(",")) fail("expected ',' or ']'");
    }
  }

  uint32_t hex4() {
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (digit < 0) fail("expected four hexadecimal digits after \\u");
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    return code;
  }

  std::string string() {
    ++at_;
    std::string out;
    for (;;) {
      const size_t stop = text_.find_first_of("\"\\\n", at_);
      if (stop == std::string_view::npos) at_ = text_.size(), fail("the string is never closed");
      out += text_.substr(at_, stop - at_);
      at_ = stop;
      if (accept("\"")) return out;
      if (peek() == '\n') fail("the string is never closed in its line");
      ++at_;
      switch (const char c = peek(); ++at_, c) {
        case '"':
        case '\\':
        case '/':
          out += c;
          break;
        case 'b':
          out += '\b';
          break;
        case 'f':
          out += '\f';
          break;
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        case 'u': {
          uint32_t code = hex4();
          if (code >= 0xD800 && code < 0xDC00 && accept("\\u")) {
            const uint32_t low = hex4();
            if (low < 0xDC00 || low >= 0xE000) fail("half a surrogate pair");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          } else if (code >= 0xD800 && code < 0xE000) {
            fail("half a surrogate pair");
          }
          append_utf8(out, code);
          break;
        }
        default:
          --at_, fail("expected an escape after '\\'");
      }
    }
  }

  Value number() {
    const size_t begin = at_;
    const auto digits = [&] {
      const size_t first = at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
      if (at_ == first) fail("expected a value");
    };
    bool whole = true;
    accept("-");
    if (!accept("0")) digits();
    if (accept(".")) whole = false, digits();
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
    const char* first = text_.data() + begin;
    const char* last = text_.data() + at_;
    if (whole) {
      int64_t integer = 0;
      if (std::from_chars(first, last, integer).ec == std::errc()) return integer;
      return *read_integer(std::string_view(first, last), 10, source_.place(begin));
    }
    double real = 0;
    if (std::from_chars(first, last, real).ec == std::errc::result_out_of_range) {
      const std::string_view written = text_.substr(begin, at_ - begin);
      const bool tiny = written.find("e-") != std::string_view::npos || written.find("E-") != std::string_view::npos;
      real = tiny ? 0.0 : HUGE_VAL;
      if (written.starts_with('-')) real = -real;
    }
    return real;
  }

  const Source& source_;
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Value read_json(const Source& source) { return JsonReader(source).document(); }

Value read_json(std::string text, const std::string& name) { return read_json(Source(name, std::move(text))); }

}  // namespace millrace
