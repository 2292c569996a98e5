#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "millrace/config/limits.h"
#include "millrace/config/python/parser.h"
#include "millrace/config/value.h"

namespace millrace::py {

class Evaluator;

/// The top-level names of a file, in the order in which they were first set.
class Namespace {
 public:
  struct Variable {
    Value name;  // its place is that of the last assignment
    Value value;
    bool was_read = false;
    bool gone = false;
  };

  Variable* find(std::string_view name);
  Variable& set(Value name, Value value);
  bool erase(std::string_view name);
  std::deque<Variable>& variables() { return variables_; }

 private:
  std::deque<Variable> variables_;  // a deque: the index holds views of the names
  std::unordered_map<std::string_view, Variable*> index_;
};

/// One file in evaluation.
struct FileScope {
  explicit FileScope(std::shared_ptr<const Module> parsed) : module(std::move(parsed)) {}
  ~FileScope();

  std::shared_ptr<const Module> module;
  Namespace globals;
  bool new_style = false;  // imports make symbols
  std::set<std::string, std::less<>> imported;  // names that imports bound, here or in a base of the new style
  std::map<std::string, Value, std::less<>> bases;  // new style: what each module of read_base() holds
};

/// Local names of a function call or a comprehension.
struct Frame {
  std::vector<std::pair<std::string_view, Value>> locals;
  std::vector<std::string_view> globals;  // declared `global`
  std::shared_ptr<Frame> parent;
  bool is_function = false;
};

/// What a call passes.
struct Arguments {
  std::vector<Value> positional;
  std::vector<Dict::Entry> named;
  uint32_t offset = 0;

  /// The arguments by the names of the parameters, null where one is left out.
  std::vector<const Value*> bind(Evaluator& evaluator, std::string_view function,
                                 std::initializer_list<std::string_view> names, size_t required) const;
};

// What a symbol stands for while a file is read.

struct Builtin : Symbol::Body {
  Value (*call)(Evaluator&, Arguments&) = nullptr;
};
struct StandardModule : Symbol::Body {};
struct ImportedModule : Symbol::Body {};
struct BoundMethod : Symbol::Body {
  Value self;
  std::string name;
};
struct UserFunction : Symbol::Body {
  const Function* node = nullptr;
  FileScope* file = nullptr;  // the heap keeps it
  std::shared_ptr<Frame> closure;
  std::vector<Value> fallbacks;  // one for each parameter, null where there is none
};

/// Owns what evaluation makes, and takes it apart at the end without recursion: lists may hold themselves.
class Heap {
 public:
  Heap() = default;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;
  ~Heap();

  void keep(Value container) { containers_.push_back(std::move(container)); }
  void keep(std::shared_ptr<Frame> frame) { frames_.push_back(std::move(frame)); }
  void keep(std::shared_ptr<UserFunction> function) { functions_.push_back(std::move(function)); }
  FileScope& file(std::shared_ptr<const Module> module) { return files_.emplace_back(std::move(module)); }

 private:
  std::vector<Value> containers_;
  std::vector<std::shared_ptr<Frame>> frames_;
  std::vector<std::shared_ptr<UserFunction>> functions_;
  std::deque<FileScope> files_;
};

/// Evaluates the part of Python that configs use. Nothing outside is touched: no file, no import, no output.
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

  // --- what the sources of this folder share ------------------------------------------------------------------------

  Value evaluate(const Expr& expression);
  Place place(uint32_t offset) const { return file_->module->source.place(offset); }
  [[noreturn]] void fail(uint32_t offset, std::string what) const;
  void charge(int64_t steps, uint32_t offset) {
    if (!budget_.enough_steps(steps)) budget_.refuse_steps(place(offset));
  }
  void charge_text(size_t bytes, uint32_t offset) {
    if (!budget_.enough_bytes(static_cast<int64_t>(bytes))) budget_.refuse_bytes(place(offset));
  }

  Value new_list(Value::Items items, uint32_t offset) { return adopt(Value::list(std::move(items)), offset); }
  Value new_tuple(Value::Items items, uint32_t offset) { return adopt(Value::tuple(std::move(items)), offset); }
  Value new_dict(uint32_t offset) { return adopt(Value::dict(), offset); }
  Value new_config(uint32_t offset);
  Value new_text(std::string text, uint32_t offset);
  Value new_like(const Value& sequence, Value::Items items, uint32_t offset);
  /// Of a list or dict that is about to change: what was read before may be part of a cycle from here on.
  void adopt_changed(const Value& container) {
    changed_ = true;
    heap_.keep(container);
  }

  // Values: operators.cpp
  static bool truth(const Value& value);
  bool equal(const Value& a, const Value& b, uint32_t offset);
  bool less(const Value& a, const Value& b, uint32_t offset);
  bool contains(const Value& container, const Value& item, uint32_t offset);
  Value binary(Op op, const Value& left, const Value& right, uint32_t offset);
  Value unary(Op op, const Value& value, uint32_t offset);
  bool compare(Op op, const Value& left, const Value& right, uint32_t offset);
  Value::Items iterate(const Value& value, uint32_t offset);
  void check_key(const Value& key, uint32_t offset, int depth = 0);

  // Items and attributes: items.cpp
  Value get_item(const Value& object, const Value& index, uint32_t offset);
  Value get_slice(const Value& object, const SliceExpr& slice);
  void set_item(Value object, const Value& index, Value value, uint32_t offset);
  void set_slice(Value object, const SliceExpr& slice, const Value& value);
  void delete_item(Value object, const Value& index, uint32_t offset);
  Value get_attribute(const Value& object, std::string_view name, uint32_t offset);
  void store(Dict& dict, Value key, Value value);
  Value as_config(const Value& value, uint32_t offset);
  Value copy_deep(const Value& value, uint32_t offset);
  Value copy_shallow(const Value& value, uint32_t offset);
  size_t index_of(const Value& index, size_t size, const char* what, uint32_t offset);

  // Calls: calls.cpp
  Value call(const Value& function, Arguments& arguments);
  Value call_method(const Value& self, std::string_view name, Arguments& arguments);

  // Texts: format.cpp
  std::string to_text(const Value& value, uint32_t offset);
  std::string to_repr(const Value& value, uint32_t offset);
  std::string formatted(const Value& value, std::string_view spec, uint32_t offset);
  std::string percent(const std::string& format, const Value& values, uint32_t offset);
  std::string format_fields(const std::string& format, const Arguments& arguments);

  std::optional<std::string> environment(const std::string& name) const { return environment_(name); }

  /// Throws where functions of this evaluator stand too deep in each other.
  struct Deeper {
    Deeper(Evaluator& evaluator, uint32_t offset) : depth(evaluator.depth_) {
      if (++depth > Limits::kCalls) {
        --depth;
        evaluator.fail(offset, "expressions, calls or values are nested too deeply");
      }
    }
    ~Deeper() { --depth; }
    Deeper(const Deeper&) = delete;
    int& depth;
  };

 private:
  std::string format_fields(const std::string& format, const Arguments& arguments, size_t& next, int nesting);

  enum class Flow { next, break_loop, continue_loop, return_value };

  Value adopt(Value container, uint32_t offset) {
    container.set_place(place(offset));
    heap_.keep(container);
    return container;
  }

  // Statements: statements.cpp
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

  // Expressions: expressions.cpp
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

// The tables of names: builtins.cpp, modules.cpp, dict_methods.cpp, list_methods.cpp, string_methods.cpp.

/// "an int", "a list", "None": for messages.
std::string with_article(const Value& value);

/// What a bare name means that the file does not define; null if nothing.
const Value* find_builtin(std::string_view name);
std::vector<std::string> builtin_names();

/// copy, math, os, os.path, and any other module of Python's standard library, as a symbol.
bool is_standard_module(std::string_view first_name);
Value standard_module(const std::string& path);
std::optional<Value> module_attribute(const std::string& module, std::string_view name);

using Method = Value (*)(Evaluator&, Value self, Arguments&);
/// The method `name` of values of this kind, null if there is none. `is_config` tells the two kinds of dict apart.
Method find_method(const Value& self, std::string_view name);
Method find_dict_method(std::string_view name, bool is_config);
Method find_list_method(std::string_view name);
Method find_tuple_method(std::string_view name);
Method find_set_method(std::string_view name);
Method find_string_method(std::string_view name);

/// Whether a dict method may be a keyword-driven update of a config: `x.update(a=1)`, `x.merge(dict(...))`.
void update_config(Evaluator& evaluator, Value self, const Value& other, uint32_t offset);

}  // namespace millrace::py
