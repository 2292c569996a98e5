#include "millrace/runner/default_hooks.h"

#include "millrace/base/text.h"

namespace millrace {

namespace {

/// In this order: hooks of one priority are called in the order in which they were added. The Runner includes none of
/// them.
const Value& hooks_of_every_run() {
  static const Value kHooks = [] {
    const auto hook = [](const char* type) {
      Value dict = Value::dict();
      dict.as_dict().set("type", type);
      return dict;
    };
    Value all = Value::dict();
    all.as_dict().set("runtime_info", hook("RuntimeInfoHook"));
    all.as_dict().set("timer", hook("IterTimerHook"));
    all.as_dict().set("sampler_seed", hook("DistSamplerSeedHook"));
    all.as_dict().set("logger", hook("LoggerHook"));
    all.as_dict().set("param_scheduler", hook("ParamSchedulerHook"));
    Value checkpoint = hook("CheckpointHook");
    checkpoint.as_dict().set("interval", Value());  // as the train loop has it
    all.as_dict().set("checkpoint", checkpoint);
    all.as_dict().set("summary", hook("SummaryHook"));
    return all;
  }();
  return kHooks;
}

bool same_type(const Value& type, const Value& default_type) {
  const std::string name = type.is_symbol() ? type.as_symbol().path : type.is_string() ? type.as_string() : "";
  return name.substr(name.rfind('.') + 1) == default_type.as_string();
}

/// A second hook of a default's class under nearly its name, which is not there itself.
bool is_misspelt_default(const std::string& name, const Value& type, const Dict& entries) {
  for (const auto& [standard_name, standard] : hooks_of_every_run().as_dict()) {
    const std::vector<std::string> meant = {standard_name.as_string()};
    if (same_type(type, *standard.find("type")) && !entries.find(meant[0]) && nearest(name, meant)) return true;
  }
  return false;
}

/// The user's entry over the default of its name.
Value merged_hook(const Value& entry, const Value& standard) {
  if (!entry.is_dict()) return entry;
  const Value* type = entry.find("type");
  if (type && !same_type(*type, *standard.find("type"))) return entry;
  Value merged = Value::dict();
  for (const auto& [key, value] : standard.as_dict()) merged.as_dict().set(key, value);
  for (const auto& [key, value] : entry.as_dict()) merged.as_dict().set(key, value);
  return std::move(merged.set_place(entry.place()));
}

/// The key of a hook without a type that was meant to be it.
const Value* misspelt_type(const Value& hook) {
  static const std::vector<std::string> kType = {"type"};
  if (!hook.is_dict() || hook.find("type")) return nullptr;
  for (const auto& [key, value] : hook.as_dict())
    if (key.is_string() && nearest(key.as_string(), kType)) return &key;
  return nullptr;
}

}  // namespace

DefaultHooks::DefaultHooks() {
  Binder binder;
  TypeOf<DefaultHooks>::bind(*this, Value::dict(), binder);
}

void DefaultHooks::remove(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [each, hook] : hooks) names.push_back(each);
  if (std::erase_if(hooks, [&](const auto& entry) { return entry.first == name; }) == 0)
    throw Error("there is no default hook '" + std::string(name) + "'" + did_you_mean(name, names))
        .note("hooks: " + join(names));
}

void TypeOf<DefaultHooks>::bind(DefaultHooks& field, const Value& value, Binder& binder) {
  field.hooks.clear();
  if (!value.is_dict() && !value.is_null()) return binder.wrong_type(value, "a dict of hooks by name");
  // A type that the entry does not name is the engine's own, whatever scope the config is in.
  const auto add = [&](const std::string& name, const Value& config, bool names_type) {
    const Binder::InScope in_scope(binder, names_type ? binder.scope() : std::string());
    Component<Hook> hook;
    detail::bind_element(hook, config, binder, name);
    if (!hook.empty()) field.hooks.emplace_back(name, std::move(hook));
  };
  const Dict no_entries;
  const Dict& entries = value.is_dict() ? value.as_dict() : no_entries;
  std::vector<std::string> names;
  for (const auto& [name, standard] : hooks_of_every_run().as_dict()) {
    names.push_back(name.as_string());
    const Value* own = entries.find(name.as_string());
    if (!own) {
      // A program without the hooks' library has no default hooks, and a table that is not bound yet needs none.
      if (ComponentTable::instance().find(Hook::kKind, standard.find("type")->as_string(), ""))
        add(name.as_string(), standard, false);
    } else if (!own->is_null()) {
      add(name.as_string(), merged_hook(*own, standard), own->find("type") != nullptr);
    }
  }
  for (const auto& [key, own] : entries) {
    const std::string name = key.is_string() ? key.as_string() : "";
    if (key.is_string() && hooks_of_every_run().find(name)) continue;
    if (own.is_null() && key.is_string() && !nearest(name, names)) continue;  // an override that leaves a hook out
    const Value* type = own.is_dict() ? own.find("type") : nullptr;
    if (type && key.is_string() && !is_misspelt_default(name, *type, entries)) {
      add(name, own, true);
    } else if (const Value* slip = misspelt_type(own); slip && !nearest(name, names)) {
      const std::vector<std::string> type_key = {"type"};
      binder.unknown_key(*slip, "default_hooks." + name, type_key, type_key);
    } else if (binder.is_fragment() && !nearest(name, names)) {
      const Binder::Step step(binder, name);
      check_unowned(own, binder);
    } else {
      binder.unknown_key(key, "default_hooks", names, names);
    }
  }
}

Value TypeOf<DefaultHooks>::dump(const DefaultHooks& field) {
  Value dict = Value::dict();
  for (const auto& [name, hook] : field.hooks) dict.as_dict().set(name, TypeOf<Component<Hook>>::dump(hook));
  return dict;
}

}  // namespace millrace
