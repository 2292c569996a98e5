#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/base/heap_value.h"

namespace millrace {

/// A tree of tensors, containers and scalars: the content of a checkpoint, and the `state_dict()` of any component.
///
///     State state = State::dict({{"iter", int64_t{40}}, {"best", 91.2}});
///     state["optimizer"] = optim.state_dict();
///     const int64_t iter = state.at("iter").integer();
///
/// It maps one to one to what Python's pickle can store without code: None, bool, int, float, str, bytes, list, tuple,
/// dict (in order, keys of any scalar kind), tensor. Anything else in a file that was read is a Record: inert data.
/// Copying a State copies lists, tuples and dicts and shares tensors, as everywhere in libtorch. After a move the
/// source is None.
class State {
 public:
  enum class Kind { none, boolean, integer, number, string, bytes, list, tuple, dict, tensor, record };
  struct Bytes {
    std::string data;
    friend bool operator==(const Bytes&, const Bytes&) = default;
  };
  struct Item;  // key and value of a dict
  using List = std::vector<State>;
  using Items = std::vector<Item>;
  /// An object of a Python class: its class, constructor arguments and state, as written in the pickle. Nothing of it
  /// is run.
  struct Record;

  State() = default;
  State(std::nullptr_t) {}             // NOLINT: a state is made of what it holds
  State(bool value) : data_(value) {}  // NOLINT
  /// An unsigned number above the largest int64 is a Record (see there).
  template <std::integral T>
  State(T value) : State(whole(value)) {}                       // NOLINT
  State(double value) : data_(value) {}                         // NOLINT
  State(const char* value) : data_(std::string(value)) {}       // NOLINT
  State(std::string_view value) : data_(std::string(value)) {}  // NOLINT
  State(std::string value) : data_(std::move(value)) {}         // NOLINT
  State(Bytes value) : data_(std::move(value)) {}               // NOLINT
  State(at::Tensor value);                                      // NOLINT: an undefined tensor is None
  State(Record record);                                         // NOLINT
  template <class T>
  State(T*) = delete;  // which would be a bool
  State(const State&) = default;
  State(State&& other) noexcept : data_(std::move(other.data_)) { other.data_ = nullptr; }
  State& operator=(const State& other) { return *this = State(other); }
  State& operator=(State&& other) noexcept {
    data_ = std::move(other.data_);
    if (this != &other) other.data_ = nullptr;
    return *this;
  }
  ~State() = default;
  static State list(List items = {});
  static State tuple(List items = {});
  static State dict();
  static State dict(Items items);

  Kind kind() const;
  /// "None", "bool", "int", "float", "str", "bytes", "list", "tuple", "dict", "tensor", or the class of a record.
  std::string kind_name() const;
  bool is_none() const { return kind() == Kind::none; }
  bool is_dict() const { return kind() == Kind::dict; }
  bool is_tensor() const { return kind() == Kind::tensor; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_sequence() const { return kind() == Kind::list || kind() == Kind::tuple; }

  // Each throws Error with both kinds if the state is of another kind. number() takes integers, integer() takes bools.
  bool boolean() const;
  int64_t integer() const;
  double number() const;
  // Of a temporary (&&) they give the part itself, so that a loop over it walks nothing that is gone.
  const std::string& string() const&;
  std::string string() &&;
  const std::string& bytes() const;
  const at::Tensor& tensor() const&;
  at::Tensor tensor() &&;
  const List& items() const&;  // of a list or a tuple
  List& items() &;
  List items() &&;
  const Items& entries() const&;  // of a dict
  Items& entries() &;
  Items entries() &&;
  const Record& record() const;

  /// The value of a string key of a dict; null if absent or if this is not a dict.
  const State* find(std::string_view key) const;
  State* find(std::string_view key);
  /// The value of a string key; throws Error "no key 'K' in the state" if absent.
  const State& at(std::string_view key) const&;
  State at(std::string_view key) &&;
  /// Sets or makes a string key of a dict; a None becomes an empty dict first.
  State& operator[](std::string_view key);
  /// Removes a string key; true if it was there.
  bool erase(std::string_view key);
  void push_back(State item);

  /// Deep equality: kinds, values (nan equals nan), dtypes, shapes and elements of tensors; dicts in order.
  bool equals(const State& other) const;
  /// A copy whose tensors are on the CPU, detached and with their own memory, so that it can be written while training
  /// goes on. A tensor that occurs several times (tied weights) is copied once.
  State snapshot() const;

 private:
  struct TupleItems {
    List items;
  };
  template <class T>
  static State whole(T value) {
    if constexpr (std::unsigned_integral<T>) {
      if (value > static_cast<uint64_t>(INT64_MAX)) return large(value);
    }
    State state;
    state.data_ = static_cast<int64_t>(value);
    return state;
  }
  static State large(uint64_t value);

  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Bytes, List, HeapValue<TupleItems>, HeapValue<Items>,
               at::Tensor, HeapValue<Record>>
      data_ = nullptr;
};

struct State::Item {
  State key;
  State value;
};

/// In `type` the module comes first, as written in the pickle: "mmengine.logging.history_buffer.HistoryBuffer".
/// An integer that needs more than 64 bits is a Record of type "int" whose one argument is its little-endian two's
/// complement as Bytes; the checkpoint writer turns it back into an int.
struct State::Record {
  std::string type;
  State arguments;  // a tuple: the arguments of the constructor or function; None: the class itself is meant
  State state;      // the argument of __setstate__; None if it was not called
  State items;      // a list of appended items or a dict of items that were set; None if there are no items
};

}  // namespace millrace
