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
  std::vector<const Entry*> matches;
  std::vector<std::string> names;
  const std::string suffix = "/" + std::string(name);
  for (const Entry& entry : entries_) {
    if (entry.name == name) return entry;
    if (entry.name.ends_with(suffix)) {
      matches.push_back(&entry);
      names.push_back(entry.name);
    }
  }
  if (matches.size() == 1) return *matches[0];
  if (!matches.empty()) throw Error("'" + std::string(name) + "' could be " + quoted_choice(names));
  for (const Entry& entry : entries_) names.push_back(entry.name);
  Error error("no metric '" + std::string(name) + "'" + did_you_mean(name, names));
  if (!names.empty()) error.note("metrics: " + join(names));
  throw error;
}

}  // namespace millrace
