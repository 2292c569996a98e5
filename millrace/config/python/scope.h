#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  bool new_style = false;                           // imports make symbols
  std::set<std::string, std::less<>> imported;      // names that imports bound, here or in a base of the new style
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

// The meanings of a symbol while a file is read.

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
  std::vector<Value> fallbacks;  // one for each parameter, null for those without
};

/// Owns the lists and dicts that evaluation makes, and destroys them at the end without recursion, since a list may
/// contain itself.
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

}  // namespace millrace::py
