#include "millrace/runner/hook_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "millrace/dist/failure_text.h"
#include "millrace/runner/hook_priority.h"
#include "millrace/tensor/torch_failure.h"

namespace millrace {

void HookList::add(std::shared_ptr<Hook> hook, std::string settings) {
  if (!hook) throw Error("a hook to add is a null pointer").help("std::make_shared<MyHook>(…)");
  if (calls_ > 0)
    throw Error("a hook can't be added in a point of a hook: the others are being called")
        .help("runner.add_hook(…) before train()");
  added_[hook.get()] = {static_cast<int64_t>(of_class(hook->name()).size()) + 1, std::move(settings)};
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

std::string HookList::state_name(const Hook& hook) const {
  const int64_t number = added_.at(&hook).number;
  return number == 1 ? hook.name() : fmt::format("{}#{}", hook.name(), number);
}

std::vector<Hook*> HookList::of_class(const std::string& name) const {
  std::vector<Hook*> hooks;
  for (const auto& hook : hooks_)
    if (hook->name() == name) hooks.push_back(hook.get());
  std::sort(hooks.begin(), hooks.end(),
            [&](const Hook* one, const Hook* other) { return added_.at(one).number < added_.at(other).number; });
  return hooks;
}

State HookList::state_dict() const {
  State states = State::dict();
  for (const auto& hook : hooks_)
    if (State state = hook->state_dict(); !state.is_none()) states[state_name(*hook)] = std::move(state);
  return states;
}

State HookList::settings() const {
  State settings = State::dict();
  for (const auto& hook : hooks_)
    if (!hook->state_dict().is_none()) settings[state_name(*hook)] = added_.at(hook.get()).settings;
  return settings;
}

namespace {

/// The state of a hook in a checkpoint.
struct Saved {
  std::string name, settings;
  const State* state = nullptr;
  bool is_taken = false;
};

/// Those of the hooks of a class, by their numbers.
std::vector<Saved> saved_of_class(const std::string& name, const State& states, const State& settings) {
  std::vector<Saved> saved;
  const size_t most = states.entries().size();
  for (size_t number = 1; number <= most; ++number) {
    const std::string key = number == 1 ? name : fmt::format("{}#{}", name, number);
    const State* made_from = settings.is_dict() ? settings.find(key) : nullptr;
    if (const State* state = states.find(key))
      saved.push_back({key, made_from && made_from->is_string() ? made_from->string() : "", state});
  }
  return saved;
}

template <class Fits>
Saved* take_first(std::vector<Saved>& saved, const Fits& fits) {
  const auto found =
      std::find_if(saved.begin(), saved.end(), [&](const Saved& each) { return !each.is_taken && fits(each); });
  if (found == saved.end()) return nullptr;
  found->is_taken = true;
  return &*found;
}

}  // namespace

std::vector<std::string> HookList::load_class(const std::string& name, const State& states, const State& settings,
                                              std::vector<std::string>& left) {
  std::vector<Saved> saved = saved_of_class(name, states, settings);
  const std::vector<Hook*> hooks = of_class(name);
  const bool is_alone = hooks.size() <= 1 && saved.size() <= 1;  // other settings make no other hook of it
  std::map<const Hook*, Saved*> taken;
  for (Hook* hook : hooks) {
    const std::string& own = added_.at(hook).settings;
    if (!own.empty()) taken[hook] = take_first(saved, [&](const Saved& each) { return each.settings == own; });
  }
  for (Hook* hook : hooks) {
    Saved*& state = taken[hook];
    if (!state) state = take_first(saved, [&](const Saved& each) { return each.name == state_name(*hook); });
  }
  std::vector<std::string> notices;
  for (Hook* hook : hooks) {
    Saved*& state = taken[hook];
    if (!state) state = take_first(saved, [](const Saved&) { return true; });
    if (!state) continue;
    hook->load_state_dict(*state->state);
    const std::string takes =
        fmt::format("{} takes the state that {} has in the checkpoint", state_name(*hook), state->name);
    if (is_alone) continue;
    const bool is_same = state->settings == added_.at(hook).settings;
    if (!is_same) notices.push_back(takes + ", by its place: no hook of the checkpoint has its settings");
    else if (state->name != state_name(*hook))
      notices.push_back(takes + ": that one has its settings, and the order of the hooks has changed");
  }
  for (const Saved& each : saved)
    if (!each.is_taken) left.push_back(each.name);
  return notices;
}

HookList::Loaded HookList::load_state_dict(const State& states, const State& settings) {
  Loaded loaded;
  std::set<std::string> classes;
  for (const auto& hook : hooks_) classes.insert(hook->name());
  for (const std::string& name : classes)
    for (std::string& notice : load_class(name, states, settings, loaded.left))
      loaded.notices.push_back(std::move(notice));
  for (const State::Item& item : states.entries())
    if (const std::string& name = item.key.string(); !classes.contains(name.substr(0, name.find('#'))))
      loaded.left.push_back(name);
  return loaded;
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
