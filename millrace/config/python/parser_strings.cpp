#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/config/python/parser_impl.h"
#include "millrace/config/python/text.h"

namespace millrace::py {

/// What adjacent string literals add up to: texts, and values of f-strings among them.
struct Parser::Pieces {
  std::string text;  // not yet in parts
  std::vector<Formatted::Part> parts;

  void flush(Arena& arena) {
    if (!text.empty()) parts.push_back({arena.keep(text), nullptr, 0, nullptr});
    text.clear();
  }
};

const Expr* Parser::strings() {
  const uint32_t offset = peek().offset;
  Pieces pieces;
  bool formatted = false;
  while (at(TokenKind::string)) {
    const Token& token = take();
    for (char c : token.text.substr(0, 2)) formatted = formatted || c == 'f' || c == 'F';
    add_string(token, pieces);
  }
  if (!formatted || (pieces.parts.empty()))
    return make(Constant{
        {ExprKind::constant, offset}, Constant::Type::string, 0, 0, module_.arena.keep(std::string_view(pieces.text))});
  pieces.flush(module_.arena);
  return make(Formatted{{ExprKind::formatted, offset}, module_.arena.keep(pieces.parts)});
}

void Parser::add_string(const Token& token, Pieces& pieces) {
  bool raw = false, bytes = false, formatted = false;
  size_t prefix = 0;
  for (; token.text[prefix] != '\'' && token.text[prefix] != '"'; ++prefix) {
    const char c = static_cast<char>(token.text[prefix] | 32);
    raw = raw || c == 'r';
    bytes = bytes || c == 'b';
    formatted = formatted || c == 'f';
  }
  const char quote = token.text[prefix];
  const size_t width =
      token.text.size() >= prefix + 6 && token.text[prefix + 1] == quote && token.text[prefix + 2] == quote ? 3 : 1;
  const size_t begin = token.offset + prefix + width;
  const size_t end = token.offset + token.text.size() - width;
  const std::string_view inside = module_.source.text().substr(begin, end - begin);
  if (const size_t marker = inside.find("{{"); marker != std::string_view::npos && is_base_value(inside.substr(marker)))
    throw Error(module_.source.place(begin + marker),
                "{{_base_.…}} stands for a whole value and cannot be part of a string")
        .help("f'…{_base_.name}…'");
  if (formatted) add_formatted(begin, end, raw, pieces, 0);
  else unescape(begin, end, raw, bytes, pieces.text);
}

void Parser::add_formatted(size_t begin, size_t end, bool raw, Pieces& pieces, int nesting) {
  const std::string_view text = module_.source.text();
  size_t literal = begin;
  for (size_t i = begin; i < end;) {
    const char c = text[i];
    // In a format specification braces are not doubled.
    if (nesting == 0 && (c == '{' || c == '}') && i + 1 < end && text[i + 1] == c) {
      unescape(literal, i + 1, raw, false, pieces.text);
      i += 2;
      literal = i;
    } else if (c == '{') {
      unescape(literal, i, raw, false, pieces.text);
      i = literal = add_replacement(i, end, raw, pieces, nesting);
    } else if (c == '}') {
      fail_at(i, "a single '}' in an f-string; write '}}'");
    } else {
      // \N{DIGIT ONE} is no replacement.
      i += !raw && c == '\\' && i + 1 < end && text[i + 1] != '{' ? 2 : 1;
    }
  }
  unescape(literal, end, raw, false, pieces.text);
}

size_t Parser::add_replacement(size_t at, size_t end, bool raw, Pieces& pieces, int nesting) {
  const std::string_view text = module_.source.text();
  if (nesting > 1) fail_at(at, "an f-string is nested too deeply");
  const size_t begin = at + 1;
  size_t i = begin;
  int depth = 0;
  size_t equals = 0;  // of `{value=}`
  for (; i < end; ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      const bool triple = text.substr(i, 3) == std::string(3, c);
      const size_t close = text.find(text.substr(i, triple ? 3 : 1), i + (triple ? 3 : 1));
      if (close >= end) fail_at(i, "the string is never closed");
      i = close + (triple ? 2 : 0);
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (depth > 0 && (c == ')' || c == ']' || c == '}')) {
      --depth;
    } else if (depth == 0 && (c == '}' || c == ':' || (c == '!' && text[i + 1] != '='))) {
      break;
    } else if (depth == 0 && c == '=' && text[i + 1] != '=' &&
               std::string_view("=!<>").find(text[i - 1]) == std::string_view::npos) {
      equals = i;
    }
  }
  if (i >= end) fail_at(at, "'{' is never closed");
  size_t expression_end = i;
  if (equals != 0) {
    expression_end = equals;
    pieces.text += text.substr(begin, i - begin);
  }
  Parser inner(module_, tokenize_expression(module_.source, begin, expression_end), depth_ + 1);
  if (inner.at(TokenKind::end)) fail_at(at, "an f-string has an empty '{}'");
  Deeper deeper(*this);
  Formatted::Part part{{}, inner.expression_list(), 0, nullptr};
  inner.expect_end();
  if (text[i] == '!') {
    part.conversion = text[i + 1];
    if (std::string_view("rsa").find(part.conversion) == std::string_view::npos ||
        (text[i + 2] != '}' && text[i + 2] != ':'))
      fail_at(i, "a conversion of an f-string is !r, !s or !a");
    i += 2;
  }
  if (text[i] == ':') {
    const size_t spec = i + 1;
    int open = 0;
    for (i = spec; i < end && !(text[i] == '}' && open == 0); ++i) open += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (i >= end) fail_at(at, "'{' is never closed");
    Pieces pieces_of_spec;
    add_formatted(spec, i, raw, pieces_of_spec, nesting + 1);
    pieces_of_spec.flush(module_.arena);
    part.spec =
        make(Formatted{{ExprKind::formatted, static_cast<uint32_t>(spec)}, module_.arena.keep(pieces_of_spec.parts)});
  } else if (equals != 0 && part.conversion == 0) {
    part.conversion = 'r';
  }
  pieces.flush(module_.arena);
  pieces.parts.push_back(part);
  return i + 1;
}

void Parser::unescape(size_t begin, size_t end, bool raw, bool bytes, std::string& out) const {
  const std::string_view text = module_.source.text();
  if (raw) {
    out += text.substr(begin, end - begin);
    return;
  }
  for (size_t i = begin; i < end; ++i) {
    const size_t backslash = std::min(text.substr(0, end).find('\\', i), end);
    out += text.substr(i, backslash - i);
    if (backslash >= end) return;
    i = backslash + 1;
    const auto hex = [&](size_t digits) {
      uint32_t code = 0;
      for (size_t k = 1; k <= digits; ++k) {
        const char c = i + k < end ? text[i + k] : '\0';
        const int digit = c >= '0' && c <= '9'                 ? c - '0'
                          : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                               : -1;
        if (digit < 0) fail_at(backslash, fmt::format("\\{} is followed by {} hexadecimal digits", text[i], digits));
        code = code * 16 + static_cast<uint32_t>(digit);
      }
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) fail_at(backslash, "this is no Unicode character");
      i += digits;
      append_utf8(out, code);
    };
    if (i >= end) {  // a replacement follows: f'\{x}'
      out += '\\';
      return;
    }
    const char c = text[i];
    switch (c) {
      case '\n':
        break;
      case '\\':
      case '\'':
      case '"':
        out += c;
        break;
      case 'a':
        out += '\a';
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
      case 'v':
        out += '\v';
        break;
      case 'x':
        hex(2);
        break;
      case 'u':
      case 'U':
        if (bytes) out += '\\', out += c;
        else hex(c == 'u' ? 4 : 8);
        break;
      case 'N':
        if (bytes) out += "\\N";
        else fail_at(backslash, "characters by name (\\N{…}) are not part of the config language");
        break;
      default:
        if (c >= '0' && c <= '7') {
          uint32_t code = 0;
          size_t k = 0;
          for (; k < 3 && i + k < end && text[i + k] >= '0' && text[i + k] <= '7'; ++k)
            code = code * 8 + static_cast<uint32_t>(text[i + k] - '0');
          i += k - 1;
          append_utf8(out, code);
        } else {
          out += '\\';
          out += c;
        }
    }
  }
}

}  // namespace millrace::py
