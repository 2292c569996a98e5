#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// The results of an evaluation by name, in the order of the metrics. Mostly numbers; lists (one value per class) and
/// other plain values are possible.
class MetricMap {
 public:
  struct Entry {
    std::string name;  // "accuracy/top1"
    State value;
  };

  MetricMap() = default;
  MetricMap(std::initializer_list<Entry> entries) : entries_(entries) {}

  void add(std::string name, State value) { entries_.push_back({std::move(name), std::move(value)}); }
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  /// Converts to a dict and back.
  State state() const;
  static MetricMap of(const State& dict);

  /// Null if no metric has exactly this name.
  const State* find(std::string_view name) const;
  /// Finds a metric by a name that may lack its prefix: "top1" means "accuracy/top1" if no other name ends in "/top1".
  /// Throws Error "no metric 'top2'; …" or "'top1' could be … or …".
  const Entry& resolve(std::string_view name) const;
  /// The same for names without values.
  static const std::string& resolve(std::string_view name, const std::vector<std::string>& names);

 private:
  std::vector<Entry> entries_;
};

}  // namespace millrace
