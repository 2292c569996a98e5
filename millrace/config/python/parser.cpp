#include "millrace/config/python/parser.h"

#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/config/python/parser_impl.h"

namespace millrace::py {

std::shared_ptr<const Module> parse(Source source) {
  auto module = std::make_shared<Module>(std::move(source));
  module->body = Parser(*module, tokenize(module->source)).file();
  return module;
}

const Token& Parser::expect(Word word, std::string_view where) {
  if (!at(word)) fail(peek(), fmt::format("'{}' {}", word.text, where));
  return take();
}

std::string_view Parser::name(std::string_view what) {
  if (!at(TokenKind::name)) fail(peek(), what);
  return take().text;
}

void Parser::fail(const Token& token, std::string_view expected) const {
  std::string found;
  switch (token.kind) {
    case TokenKind::newline:
      found = "the end of the line";
      break;
    case TokenKind::indent:
      found = "an indented line";
      break;
    case TokenKind::dedent:
      found = "the end of the block";
      break;
    case TokenKind::end:
      found = "the end";
      break;
    case TokenKind::base_value:
      found = "{{_base_." + std::string(token.text) + "}}";
      break;
    default:
      found = fmt::format("'{}'", token.text.substr(0, 40));
  }
  fail_at(token.offset, fmt::format("syntax error: expected {}, found {}", expected, found));
}

void Parser::fail_at(size_t offset, std::string what) const {
  throw Error(module_.source.place(offset), std::move(what));
}

}  // namespace millrace::py
