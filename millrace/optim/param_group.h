#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/optim/group_settings.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Parameters that share their settings: lr, weight_decay, momentum, …
///
///     ParamGroup group{net->parameters()};
///     group.given = State::dict({{"lr", 0.01}});           // instead of the optimizer's own
///     const auto slot = *group.find("weight_decay");       // once the optimizer has taken the group
///     group.set(slot, 0.1);                                // a step: no string is compared
struct ParamGroup {
  using Slot = GroupSettings::Slot;
  static constexpr Slot kLr = 0;  // the first of every optimizer

  ParamGroup() = default;
  explicit ParamGroup(std::vector<at::Tensor> parameters) : params(std::move(parameters)) {}

  std::vector<at::Tensor> params;
  std::vector<std::string> names;  // of the parameters; empty: they have only numbers
  State given = State::dict();     // settings that differ from the optimizer's options, by their names in files
  /// The param_group of each parameter in a checkpoint, counted over all groups. With rules by parameter MMEngine has
  /// one group for each parameter; here equal ones are joined. Empty: all belong to one.
  std::vector<int64_t> file_groups;
  GroupSettings settings;  // the optimizer fills them in

  /// The slot of a number; nothing if the optimizer does not have it.
  std::optional<Slot> find(std::string_view name) const { return settings.find(name); }
  double operator[](Slot slot) const { return settings.get(slot); }
  void set(Slot slot, double value) { settings.set(slot, value); }
  /// The slot of a number that the optimizer itself does not have; a new one gets this value.
  Slot add(std::string_view name, double value) { return settings.add(name, value); }
  double lr() const { return settings.get(kLr); }
  /// "backbone.conv.weight", or "parameter 3".
  std::string name_of(size_t param) const {
    return param < names.size() ? names[param] : "parameter " + std::to_string(param);
  }
};

}  // namespace millrace
