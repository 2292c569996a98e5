#include "millrace/optim/optim_wrapper_options.h"

namespace millrace {

OptimWrapperConstructor::Base base_of(const Component<Optimizer>& optimizer) {
  const BoundComponent& bound = optimizer.bound();
  bound.entry->schema->settle(bound.options.get());
  const auto number = [&](const char* key) -> std::optional<double> {
    const Field* field = bound.entry->schema->find(key);
    if (!field || !field->scalars()) return std::nullopt;
    return field->number(bound.options.get());
  };
  const bool says_decay = optimizer.config().is_null() || optimizer.config().find("weight_decay");
  return {number("lr"), says_decay ? number("weight_decay") : std::nullopt};
}

void OptimWrapperOptions::check(const OptimWrapperOptions& options, Complaints& complaints) {
  const Component<Optimizer>& optimizer = *options.optimizer;
  const Component<OptimWrapperConstructor>& rules = options.paramwise_cfg;
  if (optimizer.instance() && !rules.empty())
    complaints.add("paramwise_cfg", "paramwise_cfg has no effect on an optimizer that is already built");
  const ComponentEntry* entry = rules.bound().entry;
  if (!optimizer.bound().entry || !entry || entry->schema != &schema_of<DefaultOptimWrapperConstructor>()) return;
  using Rules = DefaultOptimWrapperConstructor;
  Complaints of_rules(entry->name);
  Rules::check_base(*static_cast<const Rules::Options*>(rules.bound().options.get()), base_of(optimizer), of_rules);
  for (const auto& [key, error] : of_rules.all()) {
    Error& added = complaints.add("paramwise_cfg", error.summary()) = error;
    if (const Value* value = rules.config().find(key)) added.locate(value->place());
  }
}

}  // namespace millrace
