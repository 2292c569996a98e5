#include "millrace/config/expression.h"

#include <fmt/format.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/limits.h"
#include "millrace/config/python/evaluator.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/numbers.h"

namespace millrace {

struct Expression::Parsed {
  std::shared_ptr<const py::Module> module;
  const py::Expr* root = nullptr;
};

namespace {

constexpr int64_t kExpressionSteps = 100'000;
constexpr const char* kArgument = "__argument";  // of the call of a lambda

/// The expression of a text of one expression; null if it is anything else.
const py::Expr* only_expression(const py::Module& module) {
  if (module.body.size() != 1 || module.body[0]->kind != py::StmtKind::expression) return nullptr;
  return static_cast<const py::ExpressionStmt*>(module.body[0])->value;
}

std::shared_ptr<const py::Module> parsed_expression(std::string text) {
  return py::parse(Source("expression", std::move(text)));
}

}  // namespace

Expression::Expression(std::string text, std::string variable)
    : text_(std::move(text)), variable_(std::move(variable)) {
  auto parsed = std::make_shared<Parsed>();
  try {
    parsed->module = parsed_expression(std::string(trim(text_)));
    parsed->root = only_expression(*parsed->module);
    if (parsed->root && parsed->root->kind == py::ExprKind::lambda) {
      const size_t parameters = static_cast<const py::Function*>(parsed->root)->parameters.size();
      if (parameters != 1) throw Error(fmt::format("a lambda of one parameter is needed, got {}", parameters));
      // A line feed, so that a comment may come last.
      parsed->module = parsed_expression("(" + text_ + "\n)(" + kArgument + ")");
      parsed->root = only_expression(*parsed->module);
    }
  } catch (const Error& error) {
    throw failure(error.summary());
  }
  if (!parsed->root) throw failure("one expression is needed");
  parsed_ = std::move(parsed);
}

Error Expression::failure(const std::string& what) const { return Error("'" + text_ + "': " + what); }

double Expression::operator()(const Value& argument) const {
  const auto fail = [&](const std::string& what) {
    return failure(fmt::format("{} at {} = {}", what, variable_, argument.repr()));
  };
  try {
    Limits limits;
    limits.steps = kExpressionSteps;
    Budget budget(limits);
    py::Heap heap;
    py::Evaluator evaluator(budget, heap, [](const std::string&) { return std::nullopt; });
    py::FileScope& scope = heap.file(parsed_->module);
    scope.globals.set("math", py::standard_module("math"));
    scope.globals.set(variable_, argument);
    scope.globals.set(kArgument, argument);
    const Value result = evaluator.evaluate_alone(scope, *parsed_->root);
    if (!py::is_numeric(result)) throw Error("it gives " + result.repr() + ", not a number,");
    const double number = result.is_number() ? result.as_number() : py::integer_of(result).to_double();
    if (!std::isfinite(number)) throw Error("it gives " + repr(number));
    return number;
  } catch (const Error& error) {
    throw fail(error.summary());
  }
}

}  // namespace millrace
