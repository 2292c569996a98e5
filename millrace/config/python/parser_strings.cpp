#include <fmt/format.h>

#include <charconv>

#include "millrace/base/error.h"
#include "millrace/base/utf8.h"
#include "millrace/config/python/base_value.h"
#include "millrace/config/python/parser_impl.h"

namespace millrace::py {
namespace {

/// What a backslash and a letter mean; 0 if that is no single character.
char escaped(char letter) {
  constexpr std::string_view kLetters = "\\'\"abfnrtv", kMeanings = "\\'\"\a\b\f\n\r\t\v";
  const size_t at = kLetters.find(letter);
  return at == std::string_view::npos ? '\0' : kMeanings[at];
}

}  // namespace

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
    throw Error(module_.source.place(begin + marker), "{{_base_.…}} is a whole value and cannot be part of a string")
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
  const std::string_view text = module_.source.text().substr(0, end);
  if (raw) {
    out += text.substr(begin);
    return;
  }
  for (size_t i = begin; i < end;) {
    const size_t backslash = std::min(text.find('\\', i), end);
    out += text.substr(i, backslash - i);
    if (backslash == end) return;
    i = add_escape(text, backslash, bytes, out);
  }
}

size_t Parser::add_escape(std::string_view text, size_t backslash, bool bytes, std::string& out) const {
  const size_t begin = backslash + 1;
  if (begin == text.size()) {  // a replacement follows: f'\{x}'
    out += '\\';
    return begin;
  }
  const char letter = text[begin];
  if (letter == '\n') return begin + 1;
  if (const char meaning = escaped(letter)) {
    out += meaning;
    return begin + 1;
  }
  if (letter >= '0' && letter <= '7') {
    size_t end = begin;
    uint32_t code = 0;
    for (; end < begin + 3 && end < text.size() && text[end] >= '0' && text[end] <= '7'; ++end)
      code = code * 8 + static_cast<uint32_t>(text[end] - '0');
    append_utf8(out, code);
    return end;
  }
  const size_t digits = letter == 'x' ? 2 : bytes ? 0 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (digits > 0) {
    append_utf8(out, hexadecimal(text, begin, digits));
    return begin + 1 + digits;
  }
  if (letter == 'N' && !bytes) fail_at(backslash, "characters by name (\\N{…}) are not part of the config language");
  out += '\\';
  out += letter;
  return begin + 1;
}

uint32_t Parser::hexadecimal(std::string_view text, size_t letter, size_t digits) const {
  uint32_t code = 0;
  const std::string_view written = text.substr(letter + 1, digits);
  const char* last = written.data() + written.size();
  const auto [end, error] = std::from_chars(written.data(), last, code, 16);
  if (written.size() < digits || error != std::errc() || end != last)
    fail_at(letter - 1, fmt::format("\\{} is followed by {} hexadecimal digits", text[letter], digits));
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) fail_at(letter - 1, "this is not a Unicode character");
  return code;
}

}  // namespace millrace::py
