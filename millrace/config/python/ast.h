#pragma once

#include <memory>
#include <memory_resource>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace/config/python/ast_expressions.h"

namespace millrace::py {

enum class StmtKind : uint8_t {
  expression,
  assign,
  augmented,
  del,
  branch,
  for_loop,
  pass,
  break_loop,
  continue_loop,
  return_value,
  function,
  import,
  import_from,
  with_read_base,
  global,
  assertion,
  unsupported,
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

struct Assert : Stmt {
  const Expr* condition;
  const Expr* message;  // may be null
};

struct Global : Stmt {
  std::span<const std::string_view> names;
};

/// A statement that Millrace does not support: it is parsed, and refused only if it would run.
struct Unsupported : Stmt {
  std::string_view construct;  // "a class"
};

/// The memory of the nodes of one file.
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
