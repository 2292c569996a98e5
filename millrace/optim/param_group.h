#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// Parameters that share their settings: lr, weight_decay, momentum, …
///
///     ParamGroup group{net->parameters()};
///     group.given = State::dict({{"lr", 0.01}});           // instead of the optimizer's own
///     const auto slot = *group.find("weight_decay");       // once
///     group.set(slot, 0.1);                                // a step: no string is compared
///
/// Settings are numbers, in slots that an optimizer gives out when it takes the group. Of `betas` the first is called
/// `momentum`, as schedules call it, and the second `beta2`; switches are 0 or 1.
struct ParamGroup {
  using Slot = uint32_t;
  static constexpr Slot kLr = 0;  // every optimizer's first

  ParamGroup() = default;
  explicit ParamGroup(std::vector<at::Tensor> parameters) : params(std::move(parameters)) {}

  std::vector<at::Tensor> params;
  std::vector<std::string> names;  // of the parameters; none: they are called by their numbers
  State given = State::dict();     // settings that differ from the optimizer's options, by their names in files
  /// In a checkpoint, the param_group that each parameter belongs to, counted over all groups: where rules by parameter
  /// are in force MMEngine has one group for each, and equal ones are joined here. None: all belong to one.
  std::vector<int64_t> file_groups;

  /// Nothing if the optimizer has no such setting.
  std::optional<Slot> find(std::string_view name) const;
  double operator[](Slot slot) const { return numbers[slot]; }
  void set(Slot slot, double value) { numbers[slot] = value; }
  /// The slot of a setting that is not the optimizer's own; made with this value if it is new.
  Slot add(std::string_view name, double value);
  double lr() const { return numbers[kLr]; }
  /// "backbone.conv.weight", or "parameter 3".
  std::string name_of(size_t param) const;

  std::vector<double> numbers;            // by slot
  std::vector<std::string> number_names;  // by slot
};

}  // namespace millrace
