#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "millrace/config/source.h"

namespace millrace::py {

enum class TokenKind : uint8_t {
  name,
  keyword,
  number,
  string,      // with its prefix and quotes, as written
  op,          // an operator or a delimiter
  base_value,  // {{_base_.a.b}}
  newline,     // the end of a logical line
  indent,
  dedent,
  end,
};

/// An operator or a keyword, packed into a number so that the parser compares no strings.
struct Word {
  consteval Word(const char* symbol) : code(pack(symbol)), text(symbol) {}  // NOLINT: "for" is a word
  static constexpr uint64_t pack(std::string_view symbol) {
    uint64_t code = 0;
    for (char c : symbol.substr(0, 8)) code = code << 8 | static_cast<unsigned char>(c);
    return code;
  }
  uint64_t code;
  std::string_view text;
};

struct Token {
  TokenKind kind;
  uint32_t offset;        // in Source::text()
  uint64_t code;          // Word::code of an operator or keyword, else 0
  std::string_view text;  // into Source::text(); of a base_value: the path after "_base_."
};

/// Splits a Python source into tokens, by the lexical rules of Python 3.11 (reference, chapter 2); beside them
/// `{{_base_.a.b}}`, outside of strings, is one token. Throws Error at a character or an indentation that Python does
/// not allow.
std::vector<Token> tokenize(const Source& source);

/// The tokens of an expression inside a string: the part [begin, end) of the text, line feeds in it mean nothing.
std::vector<Token> tokenize_expression(const Source& source, size_t begin, size_t end);

bool is_keyword(std::string_view word);
bool is_identifier(std::string_view word);

}  // namespace millrace::py
