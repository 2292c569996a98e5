#pragma once

#include <string>
#include <vector>

#include "millrace/config/limits.h"
#include "millrace/config/python/lexer.h"
#include "millrace/config/python/parser.h"

namespace millrace::py {

/// Recursive descent over the tokens of one file, or of one expression inside an f-string.
class Parser {
 public:
  Parser(Module& module, std::vector<Token> tokens, int depth = 0)
      : module_(module), tokens_(std::move(tokens)), depth_(depth) {}

  // Statements: parser_statements.cpp.
  std::span<const Stmt* const> file();

  // Expressions: parser_expressions.cpp.
  /// `a, *b` or one expression: the right side of '='.
  const Expr* expression_list();
  const Expr* expression();
  /// An expression or `name := expression`.
  const Expr* named_expression();
  /// A target of an assignment.
  const Expr* target_list(Word until);
  void check_target(const Expr* target, const char* verb) const;
  std::span<const Parameter> parameters(Word until);
  void expect_end();

 private:
  /// Bounds the recursion: lambdas, unary operators and conditionals nest without brackets.
  struct Deeper {
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDeepest) parser_.fail_at(parser_.peek().offset, "expressions are nested too deeply");
    }
    ~Deeper() { --parser_.depth_; }
    Parser& parser_;
  };
  static constexpr int kDeepest = 3 * Limits::kNesting;

  // Tokens.
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[next_ + 1 < tokens_.size() ? next_++ : next_]; }
  bool at(Word word) const { return tokens_[next_].code == word.code; }
  bool at(TokenKind kind) const { return tokens_[next_].kind == kind; }
  bool accept(Word word) { return at(word) && (take(), true); }
  const Token& expect(Word word, std::string_view where);
  std::string_view name(std::string_view what);
  [[noreturn]] void fail(const Token& token, std::string_view expected) const;
  [[noreturn]] void fail_at(size_t offset, std::string what) const;

  // Expressions, from the loosest binding to the tightest.
  const Expr* starred_or_named();
  const Expr* conditional();
  const Expr* lambda();
  const Expr* disjunction();
  const Expr* conjunction();
  const Expr* inversion();
  const Expr* comparison();
  const Expr* arithmetic(int loosest);
  const Expr* factor();
  const Expr* power();
  const Expr* primary();
  const Expr* atom();
  const Expr* number();
  const Expr* call(const Expr* function);
  const Expr* subscript(const Expr* object);
  const Expr* slice();

  // Brackets: parser_displays.cpp.
  const Expr* parenthesised();
  const Expr* list_display();
  const Expr* brace_display();
  std::span<const Comprehension::For> comprehension_clauses();
  const Expr* comprehension(uint32_t offset, Comprehension::Type type, const Expr* key, const Expr* element);
  bool at_comprehension() const { return at("for") || at("async"); }

  // Strings: parser_strings.cpp.
  const Expr* strings();
  struct Pieces;
  void add_string(const Token& token, Pieces& pieces);
  void add_formatted(size_t begin, size_t end, bool raw, Pieces& pieces, int nesting);
  size_t add_replacement(size_t at, size_t end, bool raw, Pieces& pieces, int nesting);
  void unescape(size_t begin, size_t end, bool raw, bool bytes, std::string& out) const;
  /// Adds what the escape at `backslash` means; gives the position after it.
  size_t add_escape(std::string_view text, size_t backslash, bool bytes, std::string& out) const;
  uint32_t hexadecimal(std::string_view text, size_t letter, size_t digits) const;

  // Statements.
  void statement(std::vector<const Stmt*>& out);
  void simple_statements(std::vector<const Stmt*>& out);
  const Stmt* simple_statement();
  const Stmt* expression_statement();
  const Stmt* import();
  const Stmt* import_from();
  const Stmt* branch();
  const Stmt* for_loop();
  const Stmt* function();
  const Stmt* with();
  const Stmt* unsupported(std::string_view construct);
  std::span<const Stmt* const> block(std::string_view after);
  std::string_view dotted_name();

  template <class T>
  const T* make(T node) {
    return module_.arena.make(std::move(node));
  }

  Module& module_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_;
};

}  // namespace millrace::py
