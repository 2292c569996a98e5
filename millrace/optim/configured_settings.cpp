#include "millrace/optim/configured_settings.h"

#include <algorithm>

namespace millrace {

ConfiguredSettings::ConfiguredSettings(std::span<const ParamGroup> groups, const std::vector<std::string>& learned) {
  for (const ParamGroup& group : groups) {
    State& given = groups_.emplace_back(State::dict());
    const State settings = group.settings.by_name();
    for (const auto& [name, value] : settings.entries())
      if (std::find(learned.begin(), learned.end(), name.string()) == learned.end()) given[name.string()] = value;
  }
}

State ConfiguredSettings::state_dict(std::span<const size_t> sources) const {
  State all = State::list();
  for (const size_t group : sources) all.push_back(groups_[group]);
  return all;
}

ConfiguredSettings::Added ConfiguredSettings::added_to(std::span<const ParamGroup> groups) {
  Added all;
  for (const ParamGroup& group : groups) all.push_back(group.settings.added());
  return all;
}

void ConfiguredSettings::restore(std::span<ParamGroup> groups, const Added& before, const State* saved,
                                 std::span<const size_t> sources) const {
  for (size_t g = 0; g < groups.size(); ++g) {
    GroupSettings& settings = groups[g].settings;
    const size_t file_group = static_cast<size_t>(std::find(sources.begin(), sources.end(), g) - sources.begin());
    const State* then = saved && file_group < saved->items().size() ? &saved->items()[file_group] : nullptr;
    for (const auto& [key, now] : groups_[g].entries()) {
      const std::string& name = key.string();
      const State* was = then ? then->find(name) : nullptr;
      const auto initial = settings.find("initial_" + name);
      const auto here = std::find_if(before[g].begin(), before[g].end(),
                                     [&](const auto& added) { return added.name == "initial_" + name; });
      // OneCycle and Cyclic begin from a value of their own.
      const auto is_initial = [&](double value) { return here != before[g].end() && value == here->value; };
      const bool is_unchanged =
          was ? was->equals(now)
              : initial && (settings.get(*initial) == now.number() || is_initial(settings.get(*initial)));
      const bool schedule_is_gone = initial && here == before[g].end();
      if (!is_unchanged || schedule_is_gone) settings.set_named(name, now);
    }
    settings.set_added(before[g]);
  }
}

}  // namespace millrace
