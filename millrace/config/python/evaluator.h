#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config/limits.h"
#include "millrace/config/python/scope.h"

namespace millrace::py {

/// Evaluates the part of Python that configs use. It touches nothing outside: no file, no import, no output.
///
/// Throws Error at the place of the expression for what Python would refuse, for what is not part of the language, and
/// when the budget is spent.
class Evaluator {
 public:
  /// `environment` gives the value of an environment variable, for os.environ.
  Evaluator(Budget& budget, Heap& heap, std::function<std::optional<std::string>(const std::string&)> environment);

  void run(FileScope& file);
  /// Whether a list or dict was changed in place since forget_changes().
  bool changed() const { return changed_; }
  void forget_changes() { changed_ = false; }
  Value evaluate_alone(FileScope& file, const Expr& expression);

  // What follows is for the functions and methods of library.h.

  Value evaluate(const Expr& expression);
  Place place(uint32_t offset) const { return file_->module->source.place(offset); }
  [[noreturn]] void fail(uint32_t offset, std::string what) const;
  void charge(int64_t steps, uint32_t offset) {
    if (!budget_.enough_steps(steps)) budget_.refuse_steps(place(offset));
  }
  void charge_text(size_t bytes, uint32_t offset) {
    if (!budget_.enough_bytes(static_cast<int64_t>(bytes))) budget_.refuse_bytes(place(offset));
  }

  /// For an operation that reads every byte of a text.
  void charge_scan(const std::string& text, uint32_t offset);
  /// For a search, which may compare the part at every position of the text.
  void charge_search(const std::string& text, const std::string& part, uint32_t offset);

  Value new_list(Value::Items items, uint32_t offset) { return adopt(Value::list(std::move(items)), offset); }
  Value new_tuple(Value::Items items, uint32_t offset) { return adopt(Value::tuple(std::move(items)), offset); }
  Value new_dict(uint32_t offset) { return adopt(Value::dict(), offset); }
  Value new_config(uint32_t offset);
  Value new_text(std::string text, uint32_t offset);
  Value new_like(const Value& sequence, Value::Items items, uint32_t offset);
  /// Call it before a list or dict of an earlier file changes: from then on it may be part of a cycle.
  void adopt_changed(const Value& container) {
    changed_ = true;
    heap_.keep(container);
  }

  // Values: evaluator_operators.cpp
  bool equal(const Value& a, const Value& b, uint32_t offset);
  bool less(const Value& a, const Value& b, uint32_t offset);
  bool contains(const Value& container, const Value& item, uint32_t offset);
  Value binary(Op op, const Value& left, const Value& right, uint32_t offset);
  Value unary(Op op, const Value& value, uint32_t offset);
  bool compare(Op op, const Value& left, const Value& right, uint32_t offset);
  Value::Items iterate(const Value& value, uint32_t offset);
  void check_key(const Value& key, uint32_t offset, int depth = 0);

  // Items and attributes: evaluator_items.cpp
  Value get_item(const Value& object, const Value& index, uint32_t offset);
  Value get_slice(const Value& object, const SliceExpr& slice);
  void set_item(Value object, const Value& index, Value value, uint32_t offset);
  void set_slice(Value object, const SliceExpr& slice, const Value& value);
  void delete_item(Value object, const Value& index, uint32_t offset);
  Value get_attribute(const Value& object, std::string_view name, uint32_t offset);
  /// dict[key] = value; a config takes a copy of its own kind.
  void store(Dict& dict, Value key, Value value, uint32_t offset);
  Value as_config(const Value& value, uint32_t offset);
  Value copy_deep(const Value& value, uint32_t offset);
  Value copy_shallow(const Value& value, uint32_t offset);
  size_t index_of(const Value& index, size_t size, const char* what, uint32_t offset);

  // Calls: evaluator_calls.cpp
  Value call(const Value& function, Arguments& arguments);
  Value call_method(const Value& self, std::string_view name, Arguments& arguments);

  // Texts, as Python's str() and repr(); format.h has more
  std::string to_text(const Value& value, uint32_t offset);
  std::string to_repr(const Value& value, uint32_t offset);

  std::optional<std::string> environment(const std::string& name) const { return environment_(name); }

  /// Throws Error if the calls of this evaluator are nested too deeply.
  struct Deeper {
    Deeper(Evaluator& evaluator, uint32_t offset);
    ~Deeper() { --depth; }
    Deeper(const Deeper&) = delete;
    int& depth;
  };

 private:
  enum class Flow { next, break_loop, continue_loop, return_value };

  Value adopt(Value container, uint32_t offset) {
    container.set_place(place(offset));
    heap_.keep(container);
    return container;
  }

  // Statements: evaluator_statements.cpp
  Flow run_block(std::span<const Stmt* const> body);
  Flow run(const Stmt& statement);
  Flow run_for(const ForLoop& loop);
  void assign(const Expr& target, Value value);
  void unpack(const Sequence& targets, const Value& value);
  void assign_name(std::string_view name, uint32_t offset, Value value);
  void augment(const Augmented& statement);
  void erase(const Expr& target);
  void import(const Import& statement);
  void import_from(const ImportFrom& statement);

  // Expressions: evaluator_expressions.cpp
  Value constant(const Constant& node);
  Value formatted_string(const Formatted& node);
  Value name(const Name& node);
  Value base_value(const BaseValue& node);
  Value sequence(const Sequence& node);
  Value dict_display(const DictExpr& node);
  Value comprehension(const Comprehension& node);
  void comprehend(const Comprehension& node, size_t clause, Value& out);
  Value call_expression(const Call& node);
  Value dict_call(const Call& node);
  Arguments arguments(const Call& node);
  Value function(const Function& node);
  Value call_user(const UserFunction& function, Arguments& arguments);

  Budget& budget_;
  Heap& heap_;
  std::function<std::optional<std::string>(const std::string&)> environment_;
  FileScope* file_ = nullptr;
  std::shared_ptr<Frame> frame_;
  Value returned_;
  int depth_ = 0;
  bool changed_ = false;
};

/// "an int", "a list", "None": for messages.
std::string with_article(const Value& value);

}  // namespace millrace::py
