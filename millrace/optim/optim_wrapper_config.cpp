#include "millrace/optim/optim_wrapper.h"

namespace millrace {

bool OptimWrapper::constructor_is_known(const Value& config, Binder& binder) {
  const Value* name = config.find("constructor");
  return !name || name->is_null() || check_component_name(OptimWrapperConstructor::kKind, *name, binder);
}

BoundComponent OptimWrapper::bind_config(const Value& config, Binder& binder) {
  if (!config.is_dict() || !(config.find("constructor") || config.find("paramwise_cfg")))
    return bind_component(kKind, config, binder, "OptimWrapper");
  // MMEngine gives the constructor's name and its options in two keys; here they are one component.
  const bool is_known = constructor_is_known(config, binder);
  const Value* name = config.find("constructor");
  const Value* given = config.find("paramwise_cfg");
  if (given && !given->is_null() && !given->is_dict()) {
    const std::string subject = binder.subject();
    binder.set_subject("paramwise_cfg");
    binder.wrong_type(*given, "a dict");
    binder.set_subject(subject);
    given = nullptr;
  }
  Value whole = Value::dict();
  for (const auto& [key, value] : config.as_dict())
    if (!(key == Value("constructor")) && !(key == Value("paramwise_cfg"))) whole.as_dict().set(key, value);
  whole.set_place(config.place());
  if (!is_known) {  // whose rules paramwise_cfg has, nobody knows, nor what else it reads
    const Binder::Lenient lenient(binder);
    bind_component(kKind, whole, binder, "OptimWrapper");
    return {};
  }
  const bool has_name = name && !name->is_null();
  if (has_name || (given && !given->is_null())) {
    Value rules = Value::dict();
    if (has_name) rules.as_dict().set("type", *name);
    else if (!given->find("type")) rules.as_dict().set("type", "DefaultOptimWrapperConstructor");
    if (given && given->is_dict())
      for (const auto& [key, value] : given->as_dict()) rules.as_dict().set(key, value);
    rules.set_place(given ? given->place() : name->place());
    const Dict::Entry* entry = config.as_dict().entry(given ? "paramwise_cfg" : "constructor");
    Value key("paramwise_cfg");
    whole.as_dict().set(std::move(key.set_place(entry->key.place())), rules);
  }
  return bind_component(kKind, whole, binder, "OptimWrapper");
}

}  // namespace millrace
