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

/// A name that was imported (a class, a function, a module): what it names is known by its dotted path alone.
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
/// Lists, tuples, sets and dicts are shared between copies, as names share them in Python: changing one changes what
/// every copy shows, until deep_copy(). A text is shared, too, and never changes. Each copy has a place of its own.
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
  /// Of the kind that it needs.
  static Value integer(const BigInteger& value);
  static Value list(Items items = {});
  static Value tuple(Items items = {});
  static Value set(Items items = {});
  static Value dict();

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  /// "null", "bool", "int", "float", "str", "list", "tuple", "set", "dict", "class": a user's words for the kind.
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

  // Each of these asserts its kind: ask first.
  bool as_bool() const { return std::get<1>(data_); }
  int64_t as_integer() const { return std::get<2>(data_); }
  const BigInteger& as_big_integer() const { return *std::get<10>(data_); }
  double as_number() const { return std::get<3>(data_); }  // of a number alone, not of an integer
  const std::string& as_string() const { return *std::get<4>(data_); }
  const Symbol& as_symbol() const { return *std::get<9>(data_); }
  const Items& items() const;
  Items& items();
  const Dict& as_dict() const;
  Dict& as_dict();

  /// The entry `key` of a dict; null if this is no dict or has no such key.
  const Value* find(std::string_view key) const;

  /// Whether two values are one list, tuple, set or dict (Python's `is`).
  bool same_object(const Value& other) const;

  /// A tree of its own: no list or dict is shared with this one, those shared within it stay shared within the copy.
  Value deep_copy() const;

  const Place& place() const { return place_; }
  Value& set_place(Place place) & {
    place_ = std::move(place);
    return *this;
  }
  Value&& set_place(Place place) && { return std::move(set_place(std::move(place))); }

  /// As Python's bool(): false for None, False, 0, 0.0 and what is empty.
  bool is_true() const;

  /// As Python's ==: 1, 1.0 and True are equal; a list and a tuple are not; sets and dicts ignore order.
  friend bool operator==(const Value& a, const Value& b);

  /// As Python's repr; a symbol as its dotted path. For messages: the text is cut after `limit` characters.
  std::string repr(size_t limit = 60) const;

 private:
  // In the order of Kind.
  std::variant<std::nullptr_t, bool, int64_t, double, std::shared_ptr<const std::string>, std::shared_ptr<Items>,
               std::shared_ptr<Items>, std::shared_ptr<Items>, std::shared_ptr<Dict>, std::shared_ptr<const Symbol>,
               std::shared_ptr<const BigInteger>>
      data_ = nullptr;
  Place place_;
};

/// Of two bools, integers or numbers, as Python compares them: exactly, so that 2^53 + 1 is above 2.0^53. A nan has no
/// order.
std::partial_ordering compare_numbers(const Value& a, const Value& b);

/// An ordered dict: iteration is in the order in which the keys were first set. Keys are scalars, tuples of them or
/// symbols.
class Dict {
 public:
  struct Entry {
    Value key;  // its place is that of the key in the source
    Value value;
  };

  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }  // values may be changed, keys may not
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  const Value* find(const Value& key) const;
  Value* find(const Value& key);
  // A literal or a string would do for both.
  const Value* find(const char* key) const { return find(std::string_view(key)); }
  Value* find(const char* key) { return find(std::string_view(key)); }
  const Value* find(const std::string& key) const { return find(std::string_view(key)); }
  Value* find(const std::string& key) { return find(std::string_view(key)); }
  /// The whole entry, for the place of its key; null if absent.
  const Entry* entry(std::string_view key) const;

  /// Sets or replaces; a replaced key keeps its position and takes the new key's place.
  void set(Value key, Value value);
  /// True if there was one.
  bool erase(std::string_view key) { return erase(Value(std::string(key))); }
  bool erase(const char* key) { return erase(std::string_view(key)); }
  bool erase(const std::string& key) { return erase(std::string_view(key)); }
  bool erase(const Value& key);
  void clear();

  /// While a Python config is read: a dict of a file that was read before. Its entries are attributes, too, and what is
  /// stored in it is copied into its own kind.
  bool is_config() const { return is_config_; }
  void mark_config() { is_config_ = true; }

 private:
  std::vector<Entry> entries_;
  bool is_config_ = false;
  struct Index;
  std::shared_ptr<Index> index_;  // made for dicts of many keys; dropped by erase
};

}  // namespace millrace
