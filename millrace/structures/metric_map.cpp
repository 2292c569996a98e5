#include "millrace/structures/metric_map.h"

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

State MetricMap::state() const {
  State dict = State::dict();
  for (const Entry& entry : entries_) dict[entry.name] = entry.value;
  return dict;
}

MetricMap MetricMap::of(const State& dict) {
  MetricMap map;
  for (const auto& [name, value] : dict.entries()) map.add(name.string(), value);
  return map;
}

const State* MetricMap::find(std::string_view name) const {
  for (const Entry& entry : entries_)
    if (entry.name == name) return &entry.value;
  return nullptr;
}

const MetricMap::Entry& MetricMap::resolve(std::string_view name) const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return entries_[static_cast<size_t>(&resolve(name, names) - names.data())];
}

const std::string& MetricMap::resolve(std::string_view name, const std::vector<std::string>& names) {
  std::vector<std::string> matches;
  const std::string* match = nullptr;
  const std::string suffix = "/" + std::string(name);
  for (const std::string& one : names) {
    if (one == name) return one;
    if (!one.ends_with(suffix)) continue;
    matches.push_back(one);
    match = &one;
  }
  if (matches.size() == 1) return *match;
  if (!matches.empty()) throw Error("'" + std::string(name) + "' could be " + quoted_choice(matches));
  Error error("no metric '" + std::string(name) + "'" + did_you_mean(name, names));
  if (!names.empty()) error.note("metrics: " + join(names));
  throw error;
}

}  // namespace millrace
