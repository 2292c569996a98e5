#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Storage.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The memory of a tensor as the pickle names it.
struct PickleStorage {
  c10::Storage storage;
  c10::ScalarType dtype = c10::kByte;
  bool is_untyped = false;  // bytes: each tensor has its own dtype
  int64_t elements = 0;     // bytes, if untyped
};

/// The objects that a pickle builds. They refer to one another by number, as Python's objects do by reference. A pickle
/// can share objects and make cycles, which a tree of State can't; so the graph is built first, and then converted to a
/// State with a budget.
class PickleGraph {
 public:
  enum class Kind : uint8_t {
    none,
    boolean,
    integer,
    large_integer,
    number,
    text,
    bytes,
    list,
    tuple,
    dict,
    global,   // a class or function: `text` is its dotted name
    object,   // an unknown call: `text` is the name of what was called
    storage,  // `integer` is the number of the storage
    tensor    // `integer` is the number of the tensor
  };
  using Ref = uint32_t;
  static constexpr Ref kNone = 0, kTrue = 1, kFalse = 2, kEmptyTuple = 3, kFirstSmallInteger = 4;

  struct Node {
    Kind kind = Kind::none;
    Ref arguments = kNone;  // of an object: a tuple
    Ref state = kNone;
    Ref items = kNone;  // of an object: its list or dict
    union {
      int64_t integer = 0;
      double number;
    };
    std::string_view text;      // into the pickle, or into `texts`
    std::vector<Ref> children;  // of a dict: key, value, key, value, …
  };

  /// The pickle must outlive the graph. Its size limits the number of nodes and of stored texts.
  explicit PickleGraph(size_t pickle_bytes);

  Node& operator[](Ref ref) { return nodes_[ref]; }
  const Node& operator[](Ref ref) const { return nodes_[ref]; }
  /// Throws std::length_error if the pickle makes more than its size allows.
  Ref add(Kind kind);
  Ref add_integer(int64_t value);
  Ref add_text(Kind kind, std::string_view text);
  Ref add_call(std::string_view type, Ref arguments);
  Ref add_tensor(at::Tensor tensor);
  Ref add_storage(PickleStorage storage);
  /// Stores a text that is not in the pickle; throws as add() does.
  std::string_view keep(std::string text);

  const at::Tensor& tensor(Ref ref) const { return tensors_[static_cast<size_t>(nodes_[ref].integer)]; }
  const PickleStorage& storage(Ref ref) const { return storages_[static_cast<size_t>(nodes_[ref].integer)]; }
  bool is_global(Ref ref, std::string_view name) const {
    return nodes_[ref].kind == Kind::global && nodes_[ref].text == name;
  }
  size_t size() const { return nodes_.size(); }

 private:
  size_t node_limit_;
  size_t text_limit_bytes_;
  std::vector<Node> nodes_;
  std::deque<std::string> texts_;
  std::vector<at::Tensor> tensors_;
  std::vector<PickleStorage> storages_;
};

}  // namespace millrace
