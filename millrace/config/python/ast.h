#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::py {

/// The syntax tree. Its nodes lie in an Arena and are never destroyed one by one; texts are views of the source or of
/// the arena. `offset` is that of the node's first character in Source::text().
enum class ExprKind : uint8_t {
  constant, formatted, name, base_value, attribute, subscript, slice, call, unary, binary, logical, compare, conditional,
  sequence, dict, comprehension, lambda, starred, named,
};

struct Expr {
  ExprKind kind;
  uint32_t offset;
};

struct Constant : Expr {
  enum class Type : uint8_t { none, boolean, integer, number, string, ellipsis } type;
  int64_t integer;  // also of a bool
  double number;
  std::string_view text;
};

/// An f-string: texts and `{value!conversion:spec}` in turn.
struct Formatted : Expr {
  struct Part {
    std::string_view text;   // where value is null
    const Expr* value;
    char conversion;         // 'r', 's', 'a' or 0
    const Expr* spec;        // a constant or a Formatted; may be null
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

enum class Op : uint8_t {
  add, subtract, multiply, divide, floor_divide, modulo, power, matrix, bit_or, bit_and, bit_xor, shift_left, shift_right,
  plus, minus, invert, logical_not, logical_and, logical_or,
  equal, not_equal, less, less_equal, greater, greater_equal, in, not_in, is, is_not,
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
  const Expr* result;                  // of a lambda
  std::span<const Stmt* const> body;   // of a def
};

struct Starred : Expr {
  const Expr* value;
};

struct Named : Expr {
  std::string_view id;
  const Expr* value;
};

enum class StmtKind : uint8_t {
  expression, assign, augmented, del, branch, for_loop, pass, break_loop, continue_loop, return_value, function, import,
  import_from, with_read_base, global, unsupported,
};

struct Stmt {
  StmtKind kind;
  uint32_t offset;
};

struct ExpressionStmt : Stmt {
  const Expr* value;
};

struct Assign : Stmt {
  std::span<const Expr* const> targets;  // of `a = b = 1`: a, b
  const Expr* value;                     // null in an annotation without value
};

struct Augmented : Stmt {
  Op op;
  const Expr* target;
  const Expr* value;
};

struct Del : Stmt {
  std::span<const Expr* const> targets;
};

struct Branch : Stmt {
  struct Case {
    const Expr* condition;  // null: else
    std::span<const Stmt* const> body;
  };
  std::span<const Case> cases;
};

struct ForLoop : Stmt {
  const Expr* target;
  const Expr* iterable;
  std::span<const Stmt* const> body;
  std::span<const Stmt* const> otherwise;
};

struct Return : Stmt {
  const Expr* value;  // may be null
};

struct FunctionStmt : Stmt {
  const Function* function;
};

struct ImportedName {
  std::string_view name;  // "a.b" of `import a.b`; "*"
  std::string_view as;    // empty if it is not renamed
  uint32_t offset;
};

struct Import : Stmt {
  std::span<const ImportedName> names;
};

struct ImportFrom : Stmt {
  int level;                // number of leading dots
  std::string_view module;  // without them; may be empty
  std::span<const ImportedName> names;
};

struct WithReadBase : Stmt {
  std::span<const Stmt* const> body;
};

struct Global : Stmt {
  std::span<const std::string_view> names;
};

/// What is read over and refused when it would run.
struct Unsupported : Stmt {
  std::string_view construct;  // "a class"
};

/// Where the nodes of one file lie.
class Arena {
 public:
  template <class T>
  T* make(T node) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (memory_.allocate(sizeof(T), alignof(T))) T(std::move(node));
  }
  template <class T>
  std::span<const T> keep(const std::vector<T>& items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    T* copy = static_cast<T*>(memory_.allocate(items.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), copy);
    return {copy, items.size()};
  }
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
    text.copy(copy, text.size());
    return {copy, text.size()};
  }

 private:
  std::pmr::monotonic_buffer_resource memory_{16384};
};

}  // namespace millrace::py
