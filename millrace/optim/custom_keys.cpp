#include "millrace/optim/custom_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/registry/complaints.h"

namespace millrace {

namespace {

/// A parameter of the root is ".weight" to MMEngine's search.
std::string searched(const std::string& param) { return param.find('.') == std::string::npos ? "." + param : param; }

std::string_view without_outer_dots(std::string_view text) {
  while (text.starts_with('.')) text.remove_prefix(1);
  while (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

/// All runs of as many parts of the names as the key has: "layer1.conv" of "backbone.layer1.conv.weight" for "layr1.conv".
std::vector<std::string> runs_of_parts(const std::set<std::string>& names, size_t length) {
  std::set<std::string> runs;
  for (const std::string& name : names) {
    const std::vector<std::string> parts = split(name, '.');
    for (size_t i = 0; i + length <= parts.size(); ++i) runs.insert(join(std::span(parts).subspan(i, length), "."));
  }
  return {runs.begin(), runs.end()};
}

}  // namespace

CustomKeys::CustomKeys(const Entries& entries) {
  for (const auto& [key, entry] : entries) keys_.push_back({&key, &entry});
  std::stable_sort(keys_.begin(), keys_.end(),
                   [](const Key& a, const Key& b) { return a.text->size() > b.text->size(); });
}

const CustomKeys::Entry* CustomKeys::find(const std::string& param) {
  see(param);
  const std::string name = searched(param);
  const Entry* entry = nullptr;
  for (Key& key : keys_) {
    if (name.find(*key.text) == std::string::npos) continue;
    key.looked_up = true;
    if (!entry) key.found = true, entry = key.entry;
  }
  return entry;
}

void CustomKeys::see(const std::string& param) {
  if (keys_.empty()) return;
  names_.insert(param);
  for (Key& key : keys_) key.seen = key.seen || searched(param).find(*key.text) != std::string::npos;
}

std::string CustomKeys::unknown(const Key& key) const {
  const std::string_view bare = without_outer_dots(*key.text);
  const auto length = static_cast<size_t>(std::count(bare.begin(), bare.end(), '.') + 1);
  return fmt::format("paramwise_cfg.custom_keys: no parameter has '{}' in its name{}", *key.text,
                     did_you_mean(bare, runs_of_parts(names_, length)));
}

void CustomKeys::report(bool strict, std::vector<Notice>& notices) const {
  Complaints complaints("paramwise_cfg");
  for (const Key& key : keys_) {
    if (!key.seen && strict) {
      Error& error = complaints.add("custom_keys", unknown(key));
      if (!key.entry->empty()) error.locate(key.entry->begin()->second.place());
    } else if (!key.seen) {
      notices.push_back({LogLevel::warning, unknown(key)});
    } else if (key.looked_up && !key.found) {
      notices.push_back({LogLevel::warning,
                         fmt::format("paramwise_cfg.custom_keys['{}'] has no effect: longer keys take all parameters "
                                     "with it in their name",
                                     *key.text)});
    }
  }
  complaints.throw_if_any();
}

}  // namespace millrace
