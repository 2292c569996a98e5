#include "millrace/runner/hook_list.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

void HookList::add(std::shared_ptr<Hook> hook) {
  const auto behind = std::upper_bound(hooks_.begin(), hooks_.end(), hook->priority(),
                                       [](int priority, const auto& other) { return priority < other->priority(); });
  hooks_.insert(behind, std::move(hook));
  for (size_t at = 0; at < at_point_.size(); ++at) {
    at_point_[at].clear();
    for (const auto& each : hooks_)
      if (each->points().has(static_cast<HookPoint>(at))) at_point_[at].push_back(each.get());
  }
}

void HookList::name_hook(Error& error, const Hook& hook, HookPoint at) {
  error.note(fmt::format("in {} of {}", hook_point_name(at), hook.name()));
}

std::string HookList::table() const {
  std::string text;
  for (size_t at = 0; at < at_point_.size(); ++at) {
    if (at_point_[at].empty()) continue;
    text += fmt::format("{}:\n", hook_point_name(static_cast<HookPoint>(at)));
    for (const Hook* hook : at_point_[at])
      text += fmt::format("({:<12}) {:<35}\n", priority_name(hook->priority()), hook->name());
    text += " --------------------\n";
  }
  return text;
}

}  // namespace millrace
