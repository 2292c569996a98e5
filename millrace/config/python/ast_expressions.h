#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "millrace/config/python/ast_kinds.h"

namespace millrace::py {

/// The syntax tree. Its nodes lie in an Arena and are never destroyed one by one; texts are views of the source or of
/// the arena. `offset` is that of the node's first character in Source::text().
struct Expr {
  ExprKind kind;
  uint32_t offset;
};

struct Constant : Expr {
  enum class Type : uint8_t { none, boolean, integer, big_integer, number, string, ellipsis } type;
  int64_t integer;  // also of a bool
  double number;
  std::string_view text;  // of a big integer its decimal digits
};

/// An f-string: texts and `{value!conversion:spec}` in turn.
struct Formatted : Expr {
  struct Part {
    std::string_view text;  // where value is null
    const Expr* value;
    char conversion;   // 'r', 's', 'a' or 0
    const Expr* spec;  // a constant or a Formatted; may be null
  };
  std::span<const Part> parts;
};

struct Name : Expr {
  std::string_view id;
};

/// {{_base_.a.b}}
struct BaseValue : Expr {
  std::string_view path;
};

struct Attribute : Expr {
  const Expr* object;
  std::string_view name;
  uint32_t name_offset;
};

struct Subscript : Expr {
  const Expr* object;
  const Expr* index;
};

struct SliceExpr : Expr {
  const Expr* start;  // each may be null
  const Expr* stop;
  const Expr* step;
};

struct Argument {
  enum class Type : uint8_t { positional, keyword, star, double_star } type;
  uint32_t offset;
  std::string_view name;
  const Expr* value;
};

struct Call : Expr {
  const Expr* function;
  std::span<const Argument> arguments;
};

struct Unary : Expr {
  Op op;
  const Expr* operand;
};

struct Binary : Expr {
  Op op;
  const Expr* left;
  const Expr* right;
};

struct Logical : Expr {
  Op op;
  std::span<const Expr* const> operands;
};

struct Compare : Expr {
  std::span<const Expr* const> operands;  // one more than ops
  std::span<const Op> ops;
};

struct Conditional : Expr {
  const Expr* condition;
  const Expr* yes;
  const Expr* no;
};

struct Sequence : Expr {
  enum class Type : uint8_t { list, tuple, set } type;
  std::span<const Expr* const> items;
};

struct DictExpr : Expr {
  struct Item {
    const Expr* key;  // null for `**value`
    const Expr* value;
  };
  std::span<const Item> items;
};

struct Comprehension : Expr {
  enum class Type : uint8_t { list, set, dict, generator } type;
  const Expr* key;      // of a dict
  const Expr* element;  // of a dict: the value
  struct For {
    const Expr* target;
    const Expr* iterable;
    std::span<const Expr* const> conditions;
  };
  std::span<const For> clauses;
};

struct Stmt;

struct Parameter {
  enum class Type : uint8_t { plain, keyword_only, star, double_star } type;
  std::string_view name;
  const Expr* fallback;  // may be null
};

struct Function : Expr {
  std::string_view name;  // "<lambda>" of a lambda
  std::span<const Parameter> parameters;
  const Expr* result;                 // of a lambda
  std::span<const Stmt* const> body;  // of a def
};

struct Starred : Expr {
  const Expr* value;
};

struct Named : Expr {
  std::string_view id;
  const Expr* value;
};

}  // namespace millrace::py
