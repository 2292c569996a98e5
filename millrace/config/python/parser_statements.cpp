#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/config/python/parser_impl.h"

namespace millrace::py {

std::span<const Stmt* const> Parser::file() {
  std::vector<const Stmt*> body;
  while (!at(TokenKind::end)) {
    if (at(TokenKind::indent))
      fail_at(peek().offset, "syntax error: the line is indented, but no block begins before it");
    statement(body);
  }
  return module_.arena.keep(body);
}

void Parser::statement(std::vector<const Stmt*>& out) {
  switch (peek().code) {
    case Word("if").code:
      out.push_back(branch());
      return;
    case Word("for").code:
      out.push_back(for_loop());
      return;
    case Word("def").code:
      out.push_back(function());
      return;
    case Word("with").code:
      out.push_back(with());
      return;
    case Word("while").code:
      out.push_back(unsupported("a 'while' loop"));
      return;
    case Word("class").code:
      out.push_back(unsupported("a class"));
      return;
    case Word("try").code:
      out.push_back(unsupported("'try'"));
      return;
    case Word("async").code:
      out.push_back(unsupported("'async'"));
      return;
    case Word("@").code:
      out.push_back(unsupported("a decorator"));
      return;
    default:
      simple_statements(out);
  }
}

void Parser::simple_statements(std::vector<const Stmt*>& out) {
  do {
    out.push_back(simple_statement());
  } while (accept(";") && !at(TokenKind::newline));
  if (!at(TokenKind::newline)) fail(peek(), "the end of the statement");
  take();
}

const Stmt* Parser::simple_statement() {
  const Token& token = peek();
  const auto bare = [&](StmtKind kind) {
    take();
    return make(Stmt{kind, token.offset});
  };
  switch (token.code) {
    case Word("pass").code:
      return bare(StmtKind::pass);
    case Word("break").code:
      return bare(StmtKind::break_loop);
    case Word("continue").code:
      return bare(StmtKind::continue_loop);
    case Word("import").code:
      return import();
    case Word("from").code:
      return import_from();
    case Word("return").code: {
      take();
      const bool empty = at(TokenKind::newline) || at(";");
      return make(Return{{StmtKind::return_value, token.offset}, empty ? nullptr : expression_list()});
    }
    case Word("del").code: {
      take();
      std::vector<const Expr*> targets;
      do {
        if (at(TokenKind::newline) || at(";")) break;
        targets.push_back(primary());
        check_target(targets.back(), "delete");
      } while (accept(","));
      if (targets.empty()) fail(peek(), "what to delete");
      return make(Del{{StmtKind::del, token.offset}, module_.arena.keep(targets)});
    }
    case Word("global").code:
    case Word("nonlocal").code: {
      if (token.text == "nonlocal") return unsupported("'nonlocal'");
      take();
      std::vector<std::string_view> names;
      do names.push_back(name("a name"));
      while (accept(","));
      return make(Global{{StmtKind::global, token.offset}, module_.arena.keep(names)});
    }
    case Word("raise").code:
      return unsupported("'raise'");
    case Word("assert").code: {
      take();
      const Expr* condition = expression();
      return make(Assert{{StmtKind::assertion, token.offset}, condition, accept(",") ? expression() : nullptr});
    }
    default:
      return expression_statement();
  }
}

namespace {

/// The operator of an augmented assignment; null if the token is not one.
const Op* augmenting(const Token& token) {
  static constexpr struct {
    Word word;
    Op op;
  } kOperators[] = {{"+=", Op::add},           {"-=", Op::subtract}, {"*=", Op::multiply}, {"/=", Op::divide},
                    {"//=", Op::floor_divide}, {"%=", Op::modulo},   {"**=", Op::power},   {"@=", Op::matrix},
                    {"&=", Op::bit_and},       {"|=", Op::bit_or},   {"^=", Op::bit_xor},  {"<<=", Op::shift_left},
                    {">>=", Op::shift_right}};
  for (const auto& [word, op] : kOperators)
    if (token.code == word.code) return &op;
  return nullptr;
}

}  // namespace

const Stmt* Parser::expression_statement() {
  const uint32_t offset = peek().offset;
  const Expr* first = expression_list();
  if (accept(":")) {
    check_target(first, "annotate");
    expression();
    const Expr* value = accept("=") ? expression_list() : nullptr;
    const std::vector<const Expr*> targets{first};
    return make(Assign{{StmtKind::assign, offset}, module_.arena.keep(targets), value});
  }
  if (at("=")) {
    std::vector<const Expr*> values{first};
    while (accept("=")) values.push_back(expression_list());
    const Expr* value = values.back();
    values.pop_back();
    for (const Expr* target : values) {
      check_target(target, "assign to");
      if (target->kind == ExprKind::starred)
        fail_at(target->offset, "syntax error: '*' is allowed here only in a list or tuple");
    }
    return make(Assign{{StmtKind::assign, offset}, module_.arena.keep(values), value});
  }
  if (const Op* op = at(TokenKind::op) ? augmenting(peek()) : nullptr) {
    take();
    check_target(first, "assign to");
    if (first->kind == ExprKind::sequence) fail_at(offset, "syntax error: cannot assign to this expression");
    return make(Augmented{{StmtKind::augmented, offset}, *op, first, expression_list()});
  }
  return make(ExpressionStmt{{StmtKind::expression, offset}, first});
}

std::string_view Parser::dotted_name() {
  const size_t begin = peek().offset;
  std::string_view last = name("the name of a module");
  bool dense = true;
  std::string joined(last);
  while (at(".")) {
    take();
    last = name("a name after '.'");
    joined += '.';
    joined += last;
  }
  const std::string_view written = module_.source.text().substr(begin, joined.size());
  dense = written == joined;
  return dense ? written : module_.arena.keep(std::string_view(joined));
}

const Stmt* Parser::import() {
  const uint32_t offset = take().offset;
  std::vector<ImportedName> names;
  do {
    const uint32_t at_name = peek().offset;
    const std::string_view module = dotted_name();
    names.push_back({module, accept("as") ? name("a name after 'as'") : std::string_view(), at_name});
  } while (accept(","));
  return make(Import{{StmtKind::import, offset}, module_.arena.keep(names)});
}

const Stmt* Parser::import_from() {
  const uint32_t offset = take().offset;
  int level = 0;
  while (at(".") || at("...")) level += static_cast<int>(take().text.size());
  std::string_view module;
  if (!at("import")) module = dotted_name();
  expect("import", "of 'from'");
  std::vector<ImportedName> names;
  if (at("*")) {
    names.push_back({"*", {}, take().offset});
  } else {
    const bool in_brackets = accept("(");
    do {
      if (in_brackets && at(")")) break;
      const uint32_t at_name = peek().offset;
      const std::string_view imported = name("the name to import");
      names.push_back({imported, accept("as") ? name("a name after 'as'") : std::string_view(), at_name});
    } while (accept(","));
    if (in_brackets) expect(")", "or ',' in an import");
    if (names.empty()) fail(peek(), "the name to import");
  }
  return make(ImportFrom{{StmtKind::import_from, offset}, level, module, module_.arena.keep(names)});
}

const Stmt* Parser::branch() {
  const uint32_t offset = take().offset;
  std::vector<Branch::Case> cases;
  const Expr* condition = named_expression();
  cases.push_back({condition, block("after the condition")});
  while (accept("elif")) {
    condition = named_expression();
    cases.push_back({condition, block("after the condition")});
  }
  if (accept("else")) cases.push_back({nullptr, block("after 'else'")});
  return make(Branch{{StmtKind::branch, offset}, module_.arena.keep(cases)});
}

const Stmt* Parser::for_loop() {
  const uint32_t offset = take().offset;
  const Expr* target = target_list("in");
  expect("in", "in a 'for' loop");
  const Expr* iterable = expression_list();
  const auto body = block("after the head of a 'for' loop");
  const auto otherwise = accept("else") ? block("after 'else'") : std::span<const Stmt* const>();
  return make(ForLoop{{StmtKind::for_loop, offset}, target, iterable, body, otherwise});
}

const Stmt* Parser::function() {
  const uint32_t offset = take().offset;
  const std::string_view id = name("the name of a function");
  expect("(", "after the name of a function");
  const auto params = parameters(")");
  expect(")", "after the parameters");
  if (accept("->")) expression();
  const auto body = block("after the head of a function");
  const Function* made = make(Function{{ExprKind::lambda, offset}, id, params, nullptr, body});
  return make(FunctionStmt{{StmtKind::function, offset}, made});
}

const Stmt* Parser::with() {
  const Token& token = peek();
  const bool read_base = peek(1).text == "read_base" && peek(2).code == Word("(").code &&
                         peek(3).code == Word(")").code && peek(4).code == Word(":").code;
  if (!read_base) return unsupported("'with' (other than `with read_base():`)");
  for (int i = 0; i < 4; ++i) take();
  return make(WithReadBase{{StmtKind::with_read_base, token.offset}, block("after `with read_base()`")});
}

const Stmt* Parser::unsupported(std::string_view construct) {
  const uint32_t offset = peek().offset;
  const bool compound = peek().code != Word("raise").code && peek().code != Word("nonlocal").code;
  if (!compound) {
    while (!at(TokenKind::newline) && !at(TokenKind::end) && !at(";")) take();
    return make(Unsupported{{StmtKind::unsupported, offset}, construct});
  }
  // The head, its block, and what belongs to it: the function under a decorator, `except`, `else`, `finally`.
  bool more = true;
  while (more) {
    more = at("@");
    while (!at(TokenKind::newline) && !at(TokenKind::end)) take();
    if (at(TokenKind::newline)) take();
    if (at(TokenKind::indent)) {
      int depth = 0;
      do {
        depth += at(TokenKind::indent) ? 1 : at(TokenKind::dedent) ? -1 : 0;
        take();
      } while (depth > 0 && !at(TokenKind::end));
    }
    more = more || at("except") || at("else") || at("finally");
  }
  return make(Unsupported{{StmtKind::unsupported, offset}, construct});
}

std::span<const Stmt* const> Parser::block(std::string_view after) {
  expect(":", after);
  std::vector<const Stmt*> body;
  if (!at(TokenKind::newline)) {
    simple_statements(body);
  } else {
    take();
    if (!at(TokenKind::indent)) fail(peek(), "an indented block");
    take();
    while (!at(TokenKind::dedent) && !at(TokenKind::end)) {
      if (at(TokenKind::indent))
        fail_at(peek().offset, "syntax error: the line is indented, but no block begins before it");
      statement(body);
    }
    if (at(TokenKind::dedent)) take();
  }
  return module_.arena.keep(body);
}

}  // namespace millrace::py
