#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/log/notice.h"

namespace millrace {

/// The entries of `custom_keys`, which rules by parameter look up by name: the longest key that is a part of the name
/// wins; of equal length, the first of the alphabet.
class CustomKeys {
 public:
  using Entry = std::map<std::string, Value>;
  using Entries = std::map<std::string, Entry>;

  /// `entries` must outlive it.
  explicit CustomKeys(const Entries& entries);

  /// Null if no key is a part of the name.
  const Entry* find(const std::string& param);
  /// Notes the name of a parameter that is not looked up: a key that is a part of it is no misspelt one.
  void see(const std::string& param);

  /// A warning, with the nearest name, for each key that is a part of no name, and for each whose parameters longer
  /// keys took. If `strict`, those of the first kind are one Error instead.
  void report(bool strict, std::vector<Notice>& notices) const;

 private:
  struct Key {
    const std::string* text;
    const Entry* entry;
    bool seen = false;   // a part of a name
    bool found = false;  // and the longest
    bool looked_up = false;
  };
  std::string unknown(const Key& key) const;

  std::vector<Key> keys_;
  std::set<std::string> names_;
};

}  // namespace millrace
