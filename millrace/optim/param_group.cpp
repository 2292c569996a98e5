#include "millrace/optim/param_group.h"

namespace millrace {

std::optional<ParamGroup::Slot> ParamGroup::find(std::string_view name) const {
  for (size_t i = 0; i < number_names.size(); ++i)
    if (number_names[i] == name) return static_cast<Slot>(i);
  return std::nullopt;
}

ParamGroup::Slot ParamGroup::add(std::string_view name, double value) {
  if (const auto slot = find(name)) return *slot;
  number_names.emplace_back(name);
  numbers.push_back(value);
  return static_cast<Slot>(numbers.size() - 1);
}

std::string ParamGroup::name_of(size_t param) const {
  return param < names.size() ? names[param] : "parameter " + std::to_string(param);
}

}  // namespace millrace
