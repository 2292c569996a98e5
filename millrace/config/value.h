#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "millrace/base/place.h"

namespace millrace {

class BigInteger;
class Dict;
class Value;

/// A name that was imported (a class, a function, a module). Only its dotted path is known, not what it names.
struct Symbol {
  /// What a reader knows of a name while it reads a file.
  struct Body {
    virtual ~Body() = default;
  };

  std::string path;                            // "torch.optim.SGD"
  std::shared_ptr<const Body> body = nullptr;  // null in a finished tree
};

/// A node of a config tree, and where it came from.
///
/// Copies of a Value share their list, tuple, set or dict, as names do in Python: a change shows in every copy.
/// deep_copy() does not share. Texts are shared, too, and never change. Each copy has its own place.
class Value {
 public:
  /// An integer of 64 bits is `integer`, a larger one `big_integer`, never the other way round.
  enum class Kind { null, boolean, integer, number, string, list, tuple, set, dict, symbol, big_integer };
  using Items = std::vector<Value>;

  Value() = default;
  Value(std::nullptr_t) {}                                        // NOLINT: a value is made of what it holds
  Value(bool value) : data_(std::in_place_index<1>, value) {}     // NOLINT
  Value(int value) : data_(std::in_place_index<2>, value) {}      // NOLINT
  Value(int64_t value) : data_(std::in_place_index<2>, value) {}  // NOLINT
  Value(double value) : data_(std::in_place_index<3>, value) {}   // NOLINT
  Value(const char* value) : Value(std::string(value)) {}         // NOLINT
  Value(std::string value)                                        // NOLINT
      : data_(std::in_place_index<4>, std::make_shared<const std::string>(std::move(value))) {}
  Value(Symbol value)  // NOLINT
      : data_(std::in_place_index<9>, std::make_shared<const Symbol>(std::move(value))) {}
  Value(Dict dict);  // NOLINT
  /// An integer or a big_integer, by its size.
  static Value integer(const BigInteger& value);
  static Value list(Items items = {});
  static Value tuple(Items items = {});
  static Value set(Items items = {});
  static Value dict();

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  /// "null", "bool", "int", "float", "str", "list", "tuple", "set", "dict", "class": the kind in a user's words.
  const char* kind_name() const;

  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_integer() const { return kind() == Kind::integer; }  // of 64 bits
  bool is_big_integer() const { return kind() == Kind::big_integer; }
  bool is_number() const { return kind() == Kind::number; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_symbol() const { return kind() == Kind::symbol; }
  bool is_dict() const { return kind() == Kind::dict; }
  /// A list, a tuple or a set.
  bool is_sequence() const { return kind() >= Kind::list && kind() <= Kind::set; }

  // Each asserts the kind of the value: check it first.
  bool as_bool() const { return std::get<1>(data_); }
  int64_t as_integer() const { return std::get<2>(data_); }
  const BigInteger& as_big_integer() const { return *std::get<10>(data_); }
  double as_number() const { return std::get<3>(data_); }  // only of a number, not of an integer
  const std::string& as_string() const { return *std::get<4>(data_); }
  const Symbol& as_symbol() const { return *std::get<9>(data_); }
  const Items& items() const;
  Items& items();
  const Dict& as_dict() const;
  Dict& as_dict();

  /// The entry `key` of a dict; null if this is not a dict or has no such key.
  const Value* find(std::string_view key) const;

  /// Whether two values are one list, tuple, set or dict (Python's `is`).
  bool same_object(const Value& other) const;

  /// A copy that shares no list or dict with this tree. What is shared within the tree is shared within the copy.
  Value deep_copy() const;

  const Place& place() const { return place_; }
  Value& set_place(Place place) & {
    place_ = std::move(place);
    return *this;
  }
  Value&& set_place(Place place) && { return std::move(set_place(std::move(place))); }

  /// As Python's bool(): false for None, False, 0, 0.0 and an empty text, list, tuple, set or dict.
  bool is_true() const;

  /// As Python's ==: 1, 1.0 and True are equal; a list and a tuple are not; sets and dicts ignore order.
  friend bool operator==(const Value& a, const Value& b);

  /// As Python's repr, for messages; a symbol as its dotted path. The text is cut after `limit` characters.
  std::string repr(size_t limit = 60) const;

 private:
  // In the order of Kind.
  std::variant<std::nullptr_t, bool, int64_t, double, std::shared_ptr<const std::string>, std::shared_ptr<Items>,
               std::shared_ptr<Items>, std::shared_ptr<Items>, std::shared_ptr<Dict>, std::shared_ptr<const Symbol>,
               std::shared_ptr<const BigInteger>>
      data_ = nullptr;
  Place place_;
};

/// Compares two bools, integers or numbers exactly, as Python does: 2^53 + 1 is above 2.0^53. A nan is unordered.
std::partial_ordering compare_numbers(const Value& a, const Value& b);

}  // namespace millrace

#include "millrace/config/dict.h"  // needs a whole Value, and nearly all who use a Value need it
