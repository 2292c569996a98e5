#include "millrace/runner/hook_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "millrace/dist/failure_text.h"
#include "millrace/runner/hook_priority.h"
#include "millrace/tensor/torch_failure.h"

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

std::exception_ptr HookList::first_failure(const std::exception_ptr& before, const Hook& hook, HookPoint at) {
  const auto add_note = [](const std::exception_ptr& failure, const std::string& note) {
    try {
      std::rethrow_exception(failure);
    } catch (Error& error) {
      error.note(note);
    } catch (...) {  // it has no room for notes
    }
  };
  const std::string place = fmt::format("in {} of {}", hook_point_name(at), hook.name());
  if (before) {
    add_note(before, fmt::format("{}, too: {}", place, failure_text(std::current_exception())));
    return before;
  }
  try {
    rethrow_explained({place});
  } catch (...) {
    return std::current_exception();
  }
}

std::vector<std::string> HookList::names() const {
  std::vector<std::string> names;
  std::map<std::string, int> seen;
  for (const auto& hook : hooks_) {
    const int number = ++seen[hook->name()];
    names.push_back(number == 1 ? hook->name() : fmt::format("{}#{}", hook->name(), number));
  }
  return names;
}

State HookList::state_dict() const {
  State states = State::dict();
  const std::vector<std::string> names = this->names();
  for (size_t i = 0; i < hooks_.size(); ++i)
    if (State state = hooks_[i]->state_dict(); !state.is_none()) states[names[i]] = std::move(state);
  return states;
}

std::vector<std::string> HookList::load_state_dict(const State& states) {
  const std::vector<std::string> names = this->names();
  for (size_t i = 0; i < hooks_.size(); ++i)
    if (const State* state = states.find(names[i])) hooks_[i]->load_state_dict(*state);
  std::vector<std::string> left;
  for (const State::Item& item : states.entries())
    if (const std::string& name = item.key.string(); std::find(names.begin(), names.end(), name) == names.end())
      left.push_back(name);
  return left;
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
