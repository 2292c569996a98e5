#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// An ordered dict: entries are in the order in which their keys were first set. Keys are scalars, tuples of them or
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
  // For literals and strings, which convert to both types above.
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

  /// Only while a Python config is read: a dict of a base file, like MMEngine's ConfigDict. Its entries are attributes,
  /// too, and dicts stored in it become dicts of this kind.
  bool is_config() const { return is_config_; }
  void mark_config() { is_config_ = true; }

 private:
  std::vector<Entry> entries_;
  bool is_config_ = false;
  struct Index;
  std::shared_ptr<Index> index_;  // made for dicts of many keys; dropped by erase
};

}  // namespace millrace
