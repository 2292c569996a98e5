#include "millrace/tensor/state_of_value.h"

#include "millrace/base/error.h"

namespace millrace {

State state_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return {};
    case Value::Kind::boolean:
      return value.as_bool();
    case Value::Kind::integer:
      return value.as_integer();
    case Value::Kind::big_integer:
      throw Error(value.place(), "the integer must fit into 64 bits here, got " + value.repr());
    case Value::Kind::number:
      return value.as_number();
    case Value::Kind::string:
      return value.as_string();
    case Value::Kind::symbol:
      return value.as_symbol().path;
    case Value::Kind::dict: {
      State dict = State::dict();
      for (const auto& [key, item] : value.as_dict()) dict.entries().push_back({state_of(key), state_of(item)});
      return dict;
    }
    default: {
      State items = value.kind() == Value::Kind::tuple ? State::tuple() : State::list();
      for (const Value& item : value.items()) items.items().push_back(state_of(item));
      return items;
    }
  }
}

}  // namespace millrace
