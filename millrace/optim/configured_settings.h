#pragma once

#include <span>
#include <string>
#include <vector>

#include "millrace/optim/param_group.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The settings with which an optimizer's groups were made. A checkpoint holds them, so that a resume sees which
/// settings the config has changed.
class ConfiguredSettings {
 public:
  /// `learned` are the keys that the rule itself changes: they belong to the checkpoint alone.
  ConfiguredSettings(std::span<const ParamGroup> groups, const std::vector<std::string>& learned);

  void set_lr(size_t group, double lr) { groups_[group]["lr"] = lr; }
  /// One dict for each group of a file; `sources` comes from Optimizer::file_group_sources().
  State state_dict(std::span<const size_t> sources) const;

  /// For each group, the numbers that schedules have added before a load.
  using Added = std::vector<std::vector<GroupSettings::Added>>;
  static Added added_to(std::span<const ParamGroup> groups);
  /// Called after a load. A setting that is the same in the config as when the checkpoint was made keeps the
  /// checkpoint's value. A setting that the config has changed, or that a removed schedule had changed, gets the
  /// config's value. `saved` is null for a checkpoint of MMEngine, in which initial_lr holds the config's lr.
  void restore(std::span<ParamGroup> groups, const Added& before, const State* saved,
               std::span<const size_t> sources) const;

 private:
  std::vector<State> groups_;  // {name: value}
};

}  // namespace millrace
