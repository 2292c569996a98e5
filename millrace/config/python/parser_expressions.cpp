#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>

#include "millrace/base/error.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/python/parser_impl.h"

namespace millrace::py {

namespace {

struct Operator {
  Op op;
  int level;  // 1 binds loosest
};

std::optional<Operator> binary_operator(const Token& token) {
  if (token.kind != TokenKind::op) return std::nullopt;
  switch (token.code) {
    case Word("|").code:
      return Operator{Op::bit_or, 1};
    case Word("^").code:
      return Operator{Op::bit_xor, 2};
    case Word("&").code:
      return Operator{Op::bit_and, 3};
    case Word("<<").code:
      return Operator{Op::shift_left, 4};
    case Word(">>").code:
      return Operator{Op::shift_right, 4};
    case Word("+").code:
      return Operator{Op::add, 5};
    case Word("-").code:
      return Operator{Op::subtract, 5};
    case Word("*").code:
      return Operator{Op::multiply, 6};
    case Word("/").code:
      return Operator{Op::divide, 6};
    case Word("//").code:
      return Operator{Op::floor_divide, 6};
    case Word("%").code:
      return Operator{Op::modulo, 6};
    case Word("@").code:
      return Operator{Op::matrix, 6};
    default:
      return std::nullopt;
  }
}

}  // namespace

const Expr* Parser::expression_list() {
  const uint32_t offset = peek().offset;
  const Expr* first = starred_or_named();
  if (!at(",")) {
    if (first->kind == ExprKind::starred)
      fail_at(first->offset, "syntax error: '*' is allowed only in a list, tuple, set or call");
    return first;
  }
  std::vector<const Expr*> items{first};
  while (accept(",")) {
    const Token& token = peek();
    if (token.kind == TokenKind::newline || token.kind == TokenKind::end || at("=") || at(")") || at("]") || at("}") ||
        at(":") || at(";"))
      break;
    items.push_back(starred_or_named());
  }
  return make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::tuple, module_.arena.keep(items)});
}

const Expr* Parser::starred_or_named() {
  if (!at("*")) return named_expression();
  const uint32_t offset = take().offset;
  return make(Starred{{ExprKind::starred, offset}, arithmetic(1)});
}

const Expr* Parser::named_expression() {
  if (at(TokenKind::name) && peek(1).code == Word(":=").code) {
    const Token& token = take();
    take();
    return make(Named{{ExprKind::named, token.offset}, token.text, expression()});
  }
  return expression();
}

const Expr* Parser::expression() {
  Deeper deeper(*this);
  return at("lambda") ? lambda() : conditional();
}

const Expr* Parser::conditional() {
  const Expr* yes = disjunction();
  if (!accept("if")) return yes;
  const Expr* condition = disjunction();
  expect("else", "of a conditional expression");
  return make(Conditional{{ExprKind::conditional, yes->offset}, condition, yes, expression()});
}

const Expr* Parser::lambda() {
  const uint32_t offset = take().offset;
  const auto params = parameters(":");
  expect(":", "after the parameters of a lambda");
  return make(Function{{ExprKind::lambda, offset}, "<lambda>", params, expression(), {}});
}

std::span<const Parameter> Parser::parameters(Word until) {
  std::vector<Parameter> params;
  bool keyword_only = false;
  while (!at(until)) {
    using Type = Parameter::Type;
    if (accept("/")) {
      // Positional-only parameters: by name or not makes no difference to a config.
    } else if (accept("**")) {
      params.push_back({Type::double_star, name("a parameter name"), nullptr});
    } else if (accept("*")) {
      if (at(TokenKind::name)) params.push_back({Type::star, take().text, nullptr});
      keyword_only = true;
    } else {
      const std::string_view id = name("a parameter name");
      if (until.text == ")" && accept(":")) expression();  // an annotation
      const Expr* fallback = accept("=") ? expression() : nullptr;
      params.push_back({keyword_only ? Type::keyword_only : Type::plain, id, fallback});
    }
    if (!accept(",")) break;
  }
  return module_.arena.keep(params);
}

const Expr* Parser::disjunction() {
  const Expr* first = conjunction();
  if (!at("or")) return first;
  std::vector<const Expr*> operands{first};
  while (accept("or")) operands.push_back(conjunction());
  return make(Logical{{ExprKind::logical, first->offset}, Op::logical_or, module_.arena.keep(operands)});
}

const Expr* Parser::conjunction() {
  const Expr* first = inversion();
  if (!at("and")) return first;
  std::vector<const Expr*> operands{first};
  while (accept("and")) operands.push_back(inversion());
  return make(Logical{{ExprKind::logical, first->offset}, Op::logical_and, module_.arena.keep(operands)});
}

const Expr* Parser::inversion() {
  if (!at("not")) return comparison();
  Deeper deeper(*this);
  const uint32_t offset = take().offset;
  return make(Unary{{ExprKind::unary, offset}, Op::logical_not, inversion()});
}

const Expr* Parser::comparison() {
  const Expr* first = arithmetic(1);
  std::vector<const Expr*> operands;
  std::vector<Op> ops;
  for (;;) {
    const Token& token = peek();
    if (token.code == 0) break;
    Op op;
    switch (token.code) {
      case Word("==").code:
        op = Op::equal;
        break;
      case Word("!=").code:
        op = Op::not_equal;
        break;
      case Word("<").code:
        op = Op::less;
        break;
      case Word("<=").code:
        op = Op::less_equal;
        break;
      case Word(">").code:
        op = Op::greater;
        break;
      case Word(">=").code:
        op = Op::greater_equal;
        break;
      case Word("in").code:
        op = Op::in;
        break;
      case Word("is").code:
        op = peek(1).code == Word("not").code ? Op::is_not : Op::is;
        break;
      case Word("not").code:
        if (peek(1).code != Word("in").code) fail(token, "an operator");
        op = Op::not_in;
        break;
      default:
        op = Op::add;
    }
    if (op == Op::add) break;
    take();
    if (op == Op::is_not || op == Op::not_in) take();
    if (operands.empty()) operands.push_back(first);
    operands.push_back(arithmetic(1));
    ops.push_back(op);
  }
  if (ops.empty()) return first;
  return make(Compare{{ExprKind::compare, first->offset}, module_.arena.keep(operands), module_.arena.keep(ops)});
}

const Expr* Parser::arithmetic(int loosest) {
  const Expr* left = factor();
  for (;;) {
    const auto found = binary_operator(peek());
    if (!found || found->level < loosest) return left;
    take();
    left = make(Binary{{ExprKind::binary, left->offset}, found->op, left, arithmetic(found->level + 1)});
  }
}

const Expr* Parser::factor() {
  const Token& token = peek();
  if (token.kind != TokenKind::op) return power();
  Op op;
  switch (token.code) {
    case Word("+").code:
      op = Op::plus;
      break;
    case Word("-").code:
      op = Op::minus;
      break;
    case Word("~").code:
      op = Op::invert;
      break;
    default:
      return power();
  }
  Deeper deeper(*this);
  const uint32_t offset = take().offset;
  return make(Unary{{ExprKind::unary, offset}, op, factor()});
}

const Expr* Parser::power() {
  const Expr* base = primary();
  if (!at("**")) return base;
  Deeper deeper(*this);
  take();
  return make(Binary{{ExprKind::binary, base->offset}, Op::power, base, factor()});
}

const Expr* Parser::primary() {
  const Expr* value = atom();
  while (at(TokenKind::op)) {
    if (accept(".")) {
      const Token& token = peek();
      if (token.kind != TokenKind::name) fail(token, "a name after '.'");
      take();
      value = make(Attribute{{ExprKind::attribute, value->offset}, value, token.text, token.offset});
    } else if (at("(")) {
      value = call(value);
    } else if (at("[")) {
      value = subscript(value);
    } else {
      break;
    }
  }
  return value;
}

const Expr* Parser::call(const Expr* function) {
  take();
  std::vector<Argument> arguments;
  while (!at(")")) {
    using Type = Argument::Type;
    const Token& token = peek();
    if (accept("**")) {
      arguments.push_back({Type::double_star, token.offset, {}, expression()});
    } else if (accept("*")) {
      arguments.push_back({Type::star, token.offset, {}, expression()});
    } else if (token.kind == TokenKind::name && peek(1).code == Word("=").code) {
      take();
      take();
      for (const Argument& other : arguments)
        if (other.type == Type::keyword && other.name == token.text)
          fail_at(token.offset, fmt::format("'{}' is given twice, first in line {}", token.text,
                                            module_.source.place(other.offset).line()));
      arguments.push_back({Type::keyword, token.offset, token.text, expression()});
    } else {
      const Expr* value = named_expression();
      if (at_comprehension()) value = comprehension(token.offset, Comprehension::Type::generator, nullptr, value);
      for (const Argument& other : arguments)
        if (other.type == Type::keyword || other.type == Type::double_star)
          fail_at(token.offset, "syntax error: a positional argument after a keyword argument");
      arguments.push_back({Type::positional, token.offset, {}, value});
    }
    if (!accept(",")) break;
  }
  expect(")", "or ',' in a call");
  return make(Call{{ExprKind::call, function->offset}, function, module_.arena.keep(arguments)});
}

const Expr* Parser::subscript(const Expr* object) {
  take();
  const uint32_t offset = peek().offset;
  const Expr* index = slice();
  if (at(",")) {
    std::vector<const Expr*> items{index};
    while (accept(",") && !at("]")) items.push_back(slice());
    index = make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::tuple, module_.arena.keep(items)});
  }
  expect("]", "at the end of a subscript");
  return make(Subscript{{ExprKind::subscript, object->offset}, object, index});
}

const Expr* Parser::slice() {
  const uint32_t offset = peek().offset;
  const Expr* start = at(":") ? nullptr : named_expression();
  if (!accept(":")) return start;
  const auto bound = [&]() -> const Expr* { return at(":") || at("]") || at(",") ? nullptr : expression(); };
  const Expr* stop = bound();
  const Expr* step = accept(":") ? bound() : nullptr;
  return make(SliceExpr{{ExprKind::slice, offset}, start, stop, step});
}

const Expr* Parser::atom() {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::name:
      take();
      return make(Name{{ExprKind::name, token.offset}, token.text});
    case TokenKind::number:
      return number();
    case TokenKind::string:
      return strings();
    case TokenKind::base_value:
      take();
      return make(BaseValue{{ExprKind::base_value, token.offset}, token.text});
    default:
      break;
  }
  const auto constant = [&](Constant::Type type, int64_t value) {
    take();
    return make(Constant{{ExprKind::constant, token.offset}, type, value, 0, {}});
  };
  switch (token.code) {
    case Word("None").code:
      return constant(Constant::Type::none, 0);
    case Word("True").code:
      return constant(Constant::Type::boolean, 1);
    case Word("False").code:
      return constant(Constant::Type::boolean, 0);
    case Word("...").code:
      return constant(Constant::Type::ellipsis, 0);
    case Word("(").code:
      return parenthesised();
    case Word("[").code:
      return list_display();
    case Word("{").code:
      return brace_display();
    case Word("yield").code:
    case Word("await").code:
      fail_at(token.offset, fmt::format("'{}' is not part of the config language", token.text));
    default:
      fail(token, "a value");
  }
}

const Expr* Parser::number() {
  const Token& token = take();
  std::string digits;
  char before = '_';
  for (char c : token.text) {
    if (c == '_' && before == '_') fail_at(token.offset, "this is not a number: '_' is allowed only between digits");
    if (c != '_') digits += c;
    before = c;
  }
  if (before == '_') fail_at(token.offset, "this is not a number: '_' is allowed only between digits");
  Constant node{{ExprKind::constant, token.offset}, Constant::Type::integer, 0, 0, token.text};
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0' && (digits[1] | 32) >= 'b' && digits[1] != '.' && (digits[1] | 32) != 'e') {
    base = (digits[1] | 32) == 'x' ? 16 : (digits[1] | 32) == 'o' ? 8 : 2;
    begin += 2;
  } else if (digits.find_first_of(".eE") != std::string::npos) {
    node.type = Constant::Type::number;
    const auto [stop, code] = std::from_chars(begin, end, node.number);
    // Python reads 1e999 as infinity and 1e-999 as 0.
    if (code == std::errc::result_out_of_range)
      node.number = digits.find("e-") == std::string::npos && digits.find("E-") == std::string::npos
                        ? std::numeric_limits<double>::infinity()
                        : 0;
    else if (code != std::errc() || stop != end) fail_at(token.offset, "this is not a number");
    return make(node);
  } else if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos) {
    fail_at(token.offset, "an integer cannot begin with 0; octal is written 0o17");
  }
  const auto [stop, code] = std::from_chars(begin, end, node.integer, base);
  if (code == std::errc::result_out_of_range) {
    node.type = Constant::Type::big_integer;
    const auto value = read_integer(std::string_view(begin, end), base, module_.source.place(token.offset));
    if (value) node.text = module_.arena.keep(value->repr(SIZE_MAX));
    if (value) return make(node);
  }
  if (code != std::errc() || stop != end || begin == end) fail_at(token.offset, "this is not a number");
  return make(node);
}

const Expr* Parser::target_list(Word until) {
  const uint32_t offset = peek().offset;
  std::vector<const Expr*> items;
  bool is_tuple = false;
  while (!at(until)) {
    if (at("*")) {
      const uint32_t star = take().offset;
      items.push_back(make(Starred{{ExprKind::starred, star}, primary()}));
    } else {
      items.push_back(primary());
    }
    if (!accept(",")) break;
    is_tuple = true;
  }
  if (items.empty()) fail(peek(), "a name");
  const Expr* target =
      is_tuple ? make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::tuple, module_.arena.keep(items)})
               : items[0];
  check_target(target, "assign to");
  return target;
}

void Parser::check_target(const Expr* target, const char* verb) const {
  switch (target->kind) {
    case ExprKind::name:
    case ExprKind::attribute:
    case ExprKind::subscript:
      return;
    case ExprKind::starred:
      return check_target(static_cast<const Starred*>(target)->value, verb);
    case ExprKind::sequence: {
      const auto* sequence = static_cast<const Sequence*>(target);
      if (sequence->type == Sequence::Type::set) break;
      int stars = 0;
      for (const Expr* item : sequence->items) {
        check_target(item, verb);
        stars += item->kind == ExprKind::starred;
      }
      if (stars > 1) fail_at(target->offset, "syntax error: an assignment can have only one '*'");
      return;
    }
    default:
      break;
  }
  fail_at(target->offset, fmt::format("syntax error: cannot {} this expression", verb));
}

void Parser::expect_end() {
  if (!at(TokenKind::end)) fail(peek(), "the end of the expression");
}

}  // namespace millrace::py
