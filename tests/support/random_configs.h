#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "millrace/registry/registry.h"

namespace millrace {

/// Draws configs of components out of their Schema: required keys and some of the others, each with a value of its type
/// and nearly always of its range. What the keys decide together is left to chance.
class RandomConfigs {
 public:
  explicit RandomConfigs(unsigned seed) : random_(seed) {}

  /// Values of "KEY" or of "Component.KEY" come from the pool, whatever their type.
  void set_pool(const std::string& key, std::vector<Value> pool) { pools_.emplace_back(key, std::move(pool)); }
  /// A dict of the component's full name and keys; keys of other components that have no pool are left out.
  Value of(const ComponentEntry& entry);

  size_t below(size_t count) { return count == 0 ? 0 : random_() % count; }
  bool chance(double share) { return static_cast<double>(random_() % 1000) < share * 1000; }

 private:
  const std::vector<Value>* pool_of(const ComponentEntry& entry, const Field& field) const;
  Value value_of(const Field& field);
  Value value_of_type(const std::string& type, const Field& field);
  double number_in(const Field& field, bool integral);

  std::mt19937 random_;
  std::vector<std::pair<std::string, std::vector<Value>>> pools_;
};

/// Whether a field holds a component, so that only a pool can give it a value.
bool names_kind(const std::string& type_name);

}  // namespace millrace
