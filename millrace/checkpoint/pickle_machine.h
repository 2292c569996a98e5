#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "millrace/checkpoint/pickle_graph.h"
#include "millrace/checkpoint/pickle_reader.h"

namespace millrace {

/// Python's pickle machine without Python: runs the opcodes with a stack and a memo, and builds a graph. It calls no
/// function; an unknown call becomes an object in the graph.
///
/// Memory: at most about 32 times the pickle, plus 64 MiB and the storages.
class PickleMachine {
 public:
  PickleMachine(std::string_view pickle, std::string path, PickleGraph& graph, const StorageLoader& load_storage);

  /// The object that the pickle leaves; throws Error with the position of a mistake.
  PickleGraph::Ref run();
  /// Behind the end of the pickle, after run().
  size_t position() const { return position_; }

 private:
  using Ref = PickleGraph::Ref;
  using Kind = PickleGraph::Kind;

  bool step(char opcode);
  bool step_number(char opcode);
  bool step_text(char opcode);
  bool step_container(char opcode);
  bool step_memo(char opcode);
  bool step_object(char opcode);

  template <class T>
  T fixed();
  std::string_view take(uint64_t size);
  std::string_view line();
  void push(Ref ref) { stack_.push_back(ref); }
  void push_text(std::string_view text);
  void push_python2_string(std::string_view string);
  void push_long(std::string_view digits);
  void push_long_text(std::string_view digits);
  void push_global(std::string_view module, std::string_view name);
  Ref pop();
  Ref top() const;
  std::vector<Ref> pop_to_mark();
  Ref tuple_of(std::vector<Ref> items);
  Ref list_of(std::vector<Ref> items);

  void put(uint64_t number);
  void get(uint64_t number);
  void append(Ref container, const std::vector<Ref>& items);
  void set_items(Ref container, const std::vector<Ref>& items);
  void build(Ref object, Ref state);
  void call(Ref function, Ref arguments);
  [[noreturn]] void fail(const std::string& what) const;

  std::string_view pickle_;
  std::string path_;
  PickleGraph& graph_;
  const StorageLoader& load_storage_;
  size_t position_ = 0;
  size_t opcode_position_ = 0;
  std::vector<Ref> stack_;
  std::vector<size_t> marks_;
  std::vector<Ref> memo_;
};

}  // namespace millrace
