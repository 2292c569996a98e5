#pragma once

#include <memory>
#include <string>

#include "millrace/base/error.h"
#include "millrace/config/value.h"

namespace millrace {

/// A number as a function of one variable, written in the language of configs.
///
///     const Expression factor("0.95 ** t", "t");
///     factor(std::int64_t{2});                          // 0.9025
///     Expression("lambda epoch: epoch // 30", "t");     // a lambda names the variable itself
///
/// Besides the variable it knows the functions that configs have (min, max, abs, round, ...) and the module `math`. It
/// touches nothing outside. Numbers are Python's: `t // 30` of an int is an int.
class Expression {
 public:
  /// Throws Error if the text is not one expression, or a lambda of another number of parameters than one.
  Expression(std::string text, std::string variable);

  const std::string& text() const { return text_; }
  /// Throws Error that names the text and the argument if it can't be evaluated, if the result is not a finite number,
  /// and if it takes too long (100,000 steps).
  double operator()(const Value& argument) const;

 private:
  struct Parsed;
  Error failure(const std::string& what) const;

  std::string text_, variable_;
  std::shared_ptr<const Parsed> parsed_;  // never changes
};

}  // namespace millrace
