#include "millrace/optim/optim_wrapper_options.h"

#include <fmt/format.h>

#include <algorithm>

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

int64_t most_accumulated(const AccumulativeCounts& counts) {
  if (const auto* one = std::get_if<int64_t>(&counts)) return *one;
  int64_t most = 1;
  for (const auto& [begin, some] : std::get<Accumulation::Schedule>(counts)) most = std::max(most, some);
  return most;
}

namespace {

/// Refuses settings of a part of the network that the optimizer does not accept.
void check_custom_keys(const ParamRules& rules, const Component<Optimizer>& optimizer, Complaints& complaints) {
  const BoundComponent& bound = optimizer.bound();
  const Schema& schema = *bound.entry->schema;
  for (const auto& [part, entry] : rules.custom_keys) {
    Mistakes mistakes;
    try {
      Value own = schema.dump(bound.options.get());
      for (const auto& [key, value] : ParamRules::custom_settings(entry, base_of(optimizer)))
        if (schema.has(key)) own.as_dict().set(key, value);
      Binder binder;
      const Binder::Step step(binder, "paramwise_cfg.custom_keys." + part);
      schema.bind(schema.make().get(), own, binder);
      mistakes = binder.mistakes();
    } catch (const Error& error) {
      mistakes.add(error);
    }
    for (const Error& error : mistakes.all()) {
      Error& added = complaints.add("custom_keys", error.summary()) = error;
      added.note("in paramwise_cfg.custom_keys['" + part + "']");
    }
  }
}

void check_accumulation(const OptimWrapperOptions& options, Complaints& complaints) {
  const auto complain = [&](const std::string& what) -> Error& {
    return complaints.add("accumulative_counts", "accumulative_counts" + what);
  };
  if (const auto* counts = std::get_if<int64_t>(&options.accumulative_counts)) {
    if (*counts < 1) complain(fmt::format(" must be at least 1, got {}", *counts));
    if (options.accumulative_by_epoch)
      complaints
          .add("accumulative_by_epoch", "accumulative_by_epoch is for a schedule, accumulative_counts is a number")
          .help("optim_wrapper.accumulative_counts=[(0,8),(5,4)]");
    return;
  }
  const auto& parts = std::get<Accumulation::Schedule>(options.accumulative_counts);
  if (parts.empty()) complain(" is an empty schedule").help("accumulative_counts=1");
  int64_t before = -1;
  for (const auto& [begin, counts] : parts) {
    if (before == -1 && begin != 0)
      complain(fmt::format(": the first pair must begin at 0, got ({}, {})", begin, counts));
    else if (begin <= before)
      complain(fmt::format(": the pairs must be in order, ({}, {}) follows {}", begin, counts, before));
    if (counts < 1) complain(fmt::format(" must be at least 1, got ({}, {})", begin, counts));
    before = begin;
  }
}

}  // namespace

void OptimWrapperOptions::check(const OptimWrapperOptions& options, Complaints& complaints) {
  const Component<Optimizer>& optimizer = *options.optimizer;
  const Component<OptimWrapperConstructor>& rules = options.paramwise_cfg;
  const Optimizer::Facts facts = optimizer.facts();
  check_accumulation(options, complaints);
  if (facts.needs_closure && most_accumulated(options.accumulative_counts) > 1)
    complaints
        .add("accumulative_counts", fmt::format("the optimizer evaluates the loss of a batch several times a step, so "
                                                "that accumulative_counts must be 1, got {}",
                                                most_accumulated(options.accumulative_counts)))
        .help("accumulative_counts=1, and a larger batch_size");
  if (!facts.one_group.empty() && rules.facts().by_parameter.value_or(false))
    complaints.add("paramwise_cfg", facts.one_group);
  if (optimizer.instance() && !rules.empty())
    complaints.add("paramwise_cfg", "paramwise_cfg has no effect on an optimizer that is already built");
  const ComponentEntry* entry = rules.bound().entry;
  const std::optional<ParamRules> given = rules.empty() ? std::nullopt : rules.facts().rules;
  if (!optimizer.bound().entry || !entry || !given) return;
  Complaints of_rules(entry->name);
  given->check_base(base_of(optimizer), of_rules);
  check_custom_keys(*given, optimizer, of_rules);
  for (const auto& [key, error] : of_rules.all()) {
    Error& added = complaints.add("paramwise_cfg", error.summary()) = error;
    if (const Value* value = rules.config().find(key)) added.locate(value->place());
  }
}

OptimWrapperFacts OptimWrapperOptions::facts() const {
  OptimWrapperFacts facts;
  facts.by_parameter = paramwise_cfg.empty() ? false : paramwise_cfg.facts().by_parameter;
  if (!optimizer.is_set()) return facts;
  const Component<Optimizer>& rule = *optimizer;
  if (rule.instance()) {
    const auto groups = std::as_const(*rule.instance()).groups();
    facts.settings = groups.front().settings.names();
    facts.by_parameter = groups.size() > 1;
  } else if (rule.bound().entry) {
    facts.settings = GroupSettings(*rule.bound().entry->schema, nullptr).names();
  }
  return facts;
}

}  // namespace millrace
