#include "millrace/model/averaging.h"

namespace millrace {

namespace {

/// The dict of a config in which a name may stand for the whole.
Value averaging_dict(const Value& config) {
  if (!config.is_string() && !config.is_symbol()) return config;
  Value dict = Value::dict();
  dict.as_dict().set("type", config);
  dict.set_place(config.place());
  return dict;
}

/// The packages of OpenMMLab have a copy each of the rules that are in the root here.
void take_roots_rule(Value& dict, const Binder& binder) {
  Value* type = dict.is_dict() ? dict.as_dict().find("type") : nullptr;
  if (!type || !type->is_string()) return;
  const std::string name = type->as_string();
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || binder.table().find(Averaging::kKind, name, binder.scope())) return;
  if (!binder.table().find(Averaging::kKind, name.substr(dot + 1), "")) return;
  Value root(name.substr(dot + 1));
  root.set_place(type->place());
  *type = std::move(root);
}

}  // namespace

BoundComponent Averaging::bind_config(const Value& config, Binder& binder) {
  Value dict = averaging_dict(config);
  take_roots_rule(dict, binder);
  return bind_component(kKind, dict, binder);
}

}  // namespace millrace
