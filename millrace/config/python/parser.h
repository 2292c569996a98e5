#pragma once

#include <memory>
#include <string>

#include "millrace/config/python/ast.h"
#include "millrace/config/source.h"

namespace millrace::py {

/// A parsed file: the source, and the statements that lie in its arena.
struct Module {
  explicit Module(Source text) : source(std::move(text)) {}
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  Source source;
  Arena arena;
  std::span<const Stmt* const> body;
};

/// Parses the Python 3.11 grammar: expressions whole, of the statements those that configs use. Others (`class`, `try`,
/// `while`, ...) are skipped and refused only if they would run, since scripts hide them behind a `__main__` guard.
/// Throws Error with the place of the first token that does not fit.
std::shared_ptr<const Module> parse(Source source);

}  // namespace millrace::py
