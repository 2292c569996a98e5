#pragma once

#include <span>
#include <string>
#include <vector>

#include "millrace/optim/param_group.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The settings that an optimizer's groups were made with. A checkpoint holds them, so that a resume can tell what the
/// config has changed since.
class ConfiguredSettings {
 public:
  explicit ConfiguredSettings(std::span<const ParamGroup> groups);

  void set_lr(size_t group, double lr) { groups_[group]["lr"] = lr; }
  /// One dict for each group of a file; `sources` as Optimizer::file_group_sources() gives it.
  State state_dict(std::span<const size_t> sources) const;

  /// Of each group, the numbers that schedules have added before a load.
  using Added = std::vector<std::vector<GroupSettings::Added>>;
  static Added added_to(std::span<const ParamGroup> groups);
  /// After a load: a setting for which the config says what it said when the checkpoint was made goes on as it was; one
  /// that the config has changed since, or that a schedule moved which is gone, gets the config's value. `saved` is
  /// null for a checkpoint of MMEngine, which says so by initial_lr.
  void restore(std::span<ParamGroup> groups, const Added& before, const State* saved,
               std::span<const size_t> sources) const;

 private:
  std::vector<State> groups_;  // {name: value}
};

}  // namespace millrace
