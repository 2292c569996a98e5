#include "millrace/config/value.h"

#include <cmath>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/big_integer.h"

namespace millrace {

Value::Value(Dict dict) : data_(std::in_place_index<8>, std::make_shared<Dict>(std::move(dict))) {}

Value Value::integer(const BigInteger& value) {
  if (const auto small = value.as_int64()) return *small;
  Value out;
  out.data_.emplace<10>(std::make_shared<const BigInteger>(value));
  return out;
}

Value Value::list(Items items) {
  Value value;
  value.data_.emplace<5>(std::make_shared<Items>(std::move(items)));
  return value;
}

Value Value::tuple(Items items) {
  Value value;
  value.data_.emplace<6>(std::make_shared<Items>(std::move(items)));
  return value;
}

Value Value::set(Items items) {
  Value value;
  value.data_.emplace<7>(std::make_shared<Items>(std::move(items)));
  return value;
}

Value Value::dict() { return Value(Dict()); }

const char* Value::kind_name() const {
  static constexpr const char* kNames[] = {"null",  "bool", "int",  "float", "str", "list",
                                           "tuple", "set",  "dict", "class", "int"};
  return kNames[static_cast<int>(kind())];
}

Value::Items& Value::items() {
  switch (kind()) {
    case Kind::tuple:
      return *std::get<6>(data_);
    case Kind::set:
      return *std::get<7>(data_);
    default:
      return *std::get<5>(data_);
  }
}
const Value::Items& Value::items() const { return const_cast<Value*>(this)->items(); }
const Dict& Value::as_dict() const { return *std::get<8>(data_); }
Dict& Value::as_dict() { return *std::get<8>(data_); }

const Value* Value::find(std::string_view key) const { return is_dict() ? as_dict().find(key) : nullptr; }

bool Value::same_object(const Value& other) const {
  if (is_sequence() && other.is_sequence()) return &items() == &other.items();
  if (is_dict() && other.is_dict()) return &as_dict() == &other.as_dict();
  return false;
}

namespace {

using CopiedNodes = std::unordered_map<const void*, Value>;

Value copy_tree(const Value& value, CopiedNodes& done) {
  if (!value.is_sequence() && !value.is_dict()) return value;
  const void* id = value.is_dict() ? static_cast<const void*>(&value.as_dict()) : &value.items();
  if (const auto found = done.find(id); found != done.end()) return Value(found->second).set_place(value.place());
  Value copy;
  if (value.is_dict()) {
    copy = Value::dict();
    if (value.as_dict().is_config()) copy.as_dict().mark_config();
    done.emplace(id, copy);
    for (const auto& [key, item] : value.as_dict()) copy.as_dict().set(key, copy_tree(item, done));
  } else {
    copy = value.kind() == Value::Kind::list    ? Value::list()
           : value.kind() == Value::Kind::tuple ? Value::tuple()
                                                : Value::set();
    done.emplace(id, copy);
    copy.items().reserve(value.items().size());
    for (const Value& item : value.items()) copy.items().push_back(copy_tree(item, done));
  }
  return std::move(copy.set_place(value.place()));
}

bool is_numeric(const Value& value) {
  return value.is_bool() || value.is_integer() || value.is_number() || value.is_big_integer();
}

int64_t small_integer(const Value& value) {
  return value.is_bool() ? static_cast<int64_t>(value.as_bool()) : value.as_integer();
}

std::partial_ordering compare_to_number(const Value& integer, double number) {
  if (std::isnan(number)) return std::partial_ordering::unordered;
  if (!integer.is_big_integer() && number >= -0x1p63 && number < 0x1p63) {
    const double whole = std::trunc(number);
    const auto order = small_integer(integer) <=> static_cast<int64_t>(whole);
    return order != 0 ? std::partial_ordering(order) : whole <=> number;
  }
  if (!integer.is_big_integer() || std::isinf(number)) return 0.0 <=> number;
  return integer.as_big_integer() <=> BigInteger::from_double(std::trunc(number));
}

size_t hash_key(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean:
      return std::hash<double>()(value.as_bool());
    case Value::Kind::integer:
      return std::hash<double>()(static_cast<double>(value.as_integer()));
    case Value::Kind::big_integer:
      return std::hash<double>()(value.as_big_integer().to_double());
    case Value::Kind::number:
      return std::hash<double>()(value.as_number());
    case Value::Kind::string:
      return std::hash<std::string>()(value.as_string());
    case Value::Kind::symbol:
      return std::hash<std::string>()(value.as_symbol().path);
    case Value::Kind::tuple: {
      size_t hash = 0x9e3779b9;
      for (const Value& item : value.items()) hash = hash * 1000003 ^ hash_key(item);
      return hash;
    }
    default:
      return 0;
  }
}

void append_quoted(std::string& out, const std::string& text) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  out += quote;
  for (char c : text) {
    if (c == '\\' || c == quote) out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      static constexpr char kHex[] = "0123456789abcdef";
      out += "\\x";
      out += kHex[(c >> 4) & 15];
      out += kHex[c & 15];
    } else out += c;
  }
  out += quote;
}

void append_repr(std::string& out, const Value& value, size_t limit, int depth) {
  constexpr int kDeepest = 50;  // for a message: deeper trees show as "..."
  if (out.size() > limit || depth > kDeepest) {
    out += "...";
    return;
  }
  switch (value.kind()) {
    case Value::Kind::null:
      out += "None";
      return;
    case Value::Kind::boolean:
      out += value.as_bool() ? "True" : "False";
      return;
    case Value::Kind::integer:
      out += std::to_string(value.as_integer());
      return;
    case Value::Kind::big_integer:
      out += value.as_big_integer().str();
      return;
    case Value::Kind::number:
      out += repr(value.as_number());
      return;
    case Value::Kind::string:
      append_quoted(out, value.as_string());
      return;
    case Value::Kind::symbol:
      out += value.as_symbol().path;
      return;
    case Value::Kind::dict: {
      out += '{';
      bool first = true;
      for (const auto& [key, item] : value.as_dict()) {
        if (!first) out += ", ";
        first = false;
        append_repr(out, key, limit, depth + 1);
        out += ": ";
        append_repr(out, item, limit, depth + 1);
        if (out.size() > limit) break;
      }
      out += '}';
      return;
    }
    default:
      break;
  }
  const auto kind = value.kind();
  if (kind == Value::Kind::set && value.items().empty()) {
    out += "set()";
    return;
  }
  out += kind == Value::Kind::list ? '[' : kind == Value::Kind::tuple ? '(' : '{';
  bool first = true;
  for (const Value& item : value.items()) {
    if (!first) out += ", ";
    first = false;
    append_repr(out, item, limit, depth + 1);
    if (out.size() > limit) break;
  }
  if (kind == Value::Kind::tuple && value.items().size() == 1) out += ',';
  out += kind == Value::Kind::list ? ']' : kind == Value::Kind::tuple ? ')' : '}';
}

}  // namespace

Value Value::deep_copy() const {
  CopiedNodes done;
  return copy_tree(*this, done);
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.as_number() <=> b.as_number();
  if (b.is_number()) return compare_to_number(a, b.as_number());
  if (a.is_number()) return 0 <=> compare_to_number(b, a.as_number());
  if (a.is_big_integer() && b.is_big_integer()) return a.as_big_integer() <=> b.as_big_integer();
  if (a.is_big_integer()) return a.as_big_integer().is_negative() ? -1 <=> 0 : 1 <=> 0;
  if (b.is_big_integer()) return b.as_big_integer().is_negative() ? 1 <=> 0 : -1 <=> 0;
  return small_integer(a) <=> small_integer(b);
}

bool Value::is_true() const {
  switch (kind()) {
    case Kind::null:
      return false;
    case Kind::boolean:
      return as_bool();
    case Kind::integer:
      return as_integer() != 0;
    case Kind::number:
      return as_number() != 0;
    case Kind::string:
      return !as_string().empty();
    case Kind::dict:
      return !as_dict().empty();
    case Kind::symbol:
    case Kind::big_integer:
      return true;
    default:
      return !items().empty();
  }
}

bool operator==(const Value& a, const Value& b) {
  if (is_numeric(a) && is_numeric(b)) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::null:
      return true;
    case Value::Kind::string:
      return a.as_string() == b.as_string();
    case Value::Kind::symbol:
      return a.as_symbol().path == b.as_symbol().path;
    case Value::Kind::list:
    case Value::Kind::tuple:
      return a.same_object(b) || a.items() == b.items();
    case Value::Kind::set:
      if (a.items().size() != b.items().size()) return false;
      for (const Value& item : a.items()) {
        bool found = false;
        for (const Value& other : b.items()) found = found || item == other;
        if (!found) return false;
      }
      return true;
    case Value::Kind::dict:
      if (a.same_object(b)) return true;
      if (a.as_dict().size() != b.as_dict().size()) return false;
      for (const auto& [key, item] : a.as_dict()) {
        const Value* other = b.as_dict().find(key);
        if (!other || !(item == *other)) return false;
      }
      return true;
    default:
      return false;
  }
}

std::string Value::repr(size_t limit) const {
  std::string out;
  append_repr(out, *this, limit, 0);
  if (out.size() > limit) {
    out.resize(cut_utf8(out, limit > 3 ? limit - 3 : 0).size());
    out += "...";
  }
  return out;
}

struct Dict::Index {
  std::unordered_multimap<size_t, size_t> positions;  // hash of the key, position of the entry
};

namespace {
constexpr size_t kIndexFrom = 12;  // below, a scan is faster than hashing
}

const Value* Dict::find(const Value& key) const { return const_cast<Dict*>(this)->find(key); }

Value* Dict::find(const Value& key) {
  if (index_) {
    const auto [first, last] = index_->positions.equal_range(hash_key(key));
    for (auto it = first; it != last; ++it)
      if (entries_[it->second].key == key) return &entries_[it->second].value;
    return nullptr;
  }
  for (Entry& entry : entries_)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

const Dict::Entry* Dict::entry(std::string_view key) const {
  if (index_) {
    const auto [first, last] = index_->positions.equal_range(std::hash<std::string_view>()(key));
    for (auto it = first; it != last; ++it)
      if (entries_[it->second].key.is_string() && entries_[it->second].key.as_string() == key)
        return &entries_[it->second];
    return nullptr;
  }
  for (const Entry& entry : entries_)
    if (entry.key.is_string() && entry.key.as_string() == key) return &entry;
  return nullptr;
}

const Value* Dict::find(std::string_view key) const {
  const Entry* found = entry(key);
  return found ? &found->value : nullptr;
}

Value* Dict::find(std::string_view key) { return const_cast<Value*>(static_cast<const Dict*>(this)->find(key)); }

void Dict::set(Value key, Value value) {
  if (Value* old = find(key)) {
    Entry& entry = *reinterpret_cast<Entry*>(reinterpret_cast<char*>(old) - offsetof(Entry, value));
    entry.key.set_place(key.place());
    *old = std::move(value);
    return;
  }
  entries_.push_back({std::move(key), std::move(value)});
  if (index_) {
    if (index_.use_count() > 1) index_ = std::make_shared<Index>(*index_);
    index_->positions.emplace(hash_key(entries_.back().key), entries_.size() - 1);
  } else if (entries_.size() >= kIndexFrom) {
    index_ = std::make_shared<Index>();
    for (size_t i = 0; i < entries_.size(); ++i) index_->positions.emplace(hash_key(entries_[i].key), i);
  }
}

bool Dict::erase(const Value& key) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!(entries_[i].key == key)) continue;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    index_.reset();
    if (entries_.size() >= kIndexFrom) {
      index_ = std::make_shared<Index>();
      for (size_t j = 0; j < entries_.size(); ++j) index_->positions.emplace(hash_key(entries_[j].key), j);
    }
    return true;
  }
  return false;
}

void Dict::clear() {
  entries_.clear();
  index_.reset();
}

}  // namespace millrace
