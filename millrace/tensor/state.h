#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

/// A tree of tensors, containers and scalars: what a checkpoint holds, and what `state_dict()` of any component gives.
///
///     State state = State::dict({{"iter", int64_t{40}}, {"best", 91.2}});
///     state["optimizer"] = optim.state_dict();
///     const int64_t iter = state.at("iter").integer();
///
/// It maps one to one to what Python's pickle can say without code: None, bool, int, float, str, bytes, list, tuple,
/// dict (in order, keys of any scalar kind), tensor. Anything else in a file that was read is a Record: inert data.
/// Copies of lists, tuples and dicts are copies; tensors are shared, as everywhere in libtorch. A state that was moved
/// from is None.
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
  /// An object of a class that we do not make: its class, constructor arguments and state, as written in the pickle.
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

  // Each throws Error naming both kinds if the state is of another kind. number() takes integers, integer() takes
  // bools.
  bool boolean() const;
  int64_t integer() const;
  double number() const;
  const std::string& string() const;
  const std::string& bytes() const;
  const at::Tensor& tensor() const;
  const List& items() const;  // of a list or a tuple
  List& items();
  const Items& entries() const;  // of a dict
  Items& entries();
  const Record& record() const;

  /// The value of a string key of a dict; null if absent or if this is no dict.
  const State* find(std::string_view key) const;
  State* find(std::string_view key);
  /// The value of a string key; throws Error "no key 'K' in the state" if absent.
  const State& at(std::string_view key) const;
  /// Sets or makes a string key of a dict (a none turns into an empty dict first).
  State& operator[](std::string_view key);
  /// Removes a string key; true if it was there.
  bool erase(std::string_view key);
  void push_back(State item);

  /// Deep equality: kinds, values (nan equals nan), dtypes, shapes and elements of tensors; dicts in order.
  bool equals(const State& other) const;
  /// Every tensor copied to the CPU, detached and of its own memory: what may be written while training goes on.
  /// Tensors that are one and the same here (tied weights) are one copy there.
  State snapshot() const;

 private:
  template <class T>
  class Box {  // a value on the heap that copies like a value
   public:
    explicit Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
    Box(Box&& other) noexcept = default;
    Box& operator=(const Box& other) { return *this = Box(other); }
    Box& operator=(Box&& other) noexcept = default;
    ~Box() = default;
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }

   private:
    std::unique_ptr<T> value_;  // null only inside a state that is being moved from
  };
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

  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Bytes, List, Box<TupleItems>, Box<Items>, at::Tensor,
               Box<Record>>
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
  State arguments;  // a tuple: what the constructor or function would have been given; none: the class itself is meant
  State state;      // what __setstate__ would have been given; none if nothing
  State items;  // a list (of what would have been appended) or a dict (of what would have been set); none if nothing
};

}  // namespace millrace
