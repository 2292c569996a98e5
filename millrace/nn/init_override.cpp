#include "millrace/nn/init_override.h"

#include "millrace/nn/initializer.h"

namespace millrace {

void TypeOf<nn::InitOverride>::bind(nn::InitOverride& field, const Value& value, Binder& binder) {
  if (!value.is_dict()) return binder.wrong_type(value, "a dict with the name of a submodule");
  const Value* name = value.find("name");
  if (!name) {
    binder.mistake(value, binder.subject() + " needs 'name', the submodule that it is for").help("name='fc'");
    return;
  }
  if (!name->is_string()) return binder.wrong_type(*name, "the name of a submodule");
  field.name = name->as_string();
  Value rest = Value::dict().set_place(value.place());
  for (const auto& [key, item] : value.as_dict())
    if (!key.is_string() || key.as_string() != "name") rest.as_dict().set(key, item);
  if (rest.as_dict().empty()) return;
  if (!rest.find("type")) {
    binder.mistake(value, binder.subject() + " needs 'type', or no other key than 'name'")
        .note("with the name alone the submodule gets the settings of the entry around it");
    return;
  }
  TypeOf<Component<nn::Initializer>>::bind(field.init, rest, binder);
}

Value TypeOf<nn::InitOverride>::dump(const nn::InitOverride& field) {
  Value value = Value::dict();
  value.as_dict().set("name", field.name);
  if (const Value init = TypeOf<Component<nn::Initializer>>::dump(field.init); init.is_dict())
    for (const auto& [key, item] : init.as_dict()) value.as_dict().set(key, item);
  return value;
}

void TypeOf<nn::InitOverride>::check(const nn::InitOverride& field, Binder& binder) {
  TypeOf<Component<nn::Initializer>>::check(field.init, binder);
}

}  // namespace millrace
