#include "millrace/tensor/value_state.h"

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

std::optional<Value> value_of(const State& state) {
  switch (state.kind()) {
    case State::Kind::none:
      return Value();
    case State::Kind::boolean:
      return Value(state.boolean());
    case State::Kind::integer:
      return Value(state.integer());
    case State::Kind::number:
      return Value(state.number());
    case State::Kind::string:
      return Value(state.string());
    case State::Kind::list:
    case State::Kind::tuple: {
      Value::Items items;
      for (const State& item : state.items()) {
        std::optional<Value> one = value_of(item);
        if (!one) return std::nullopt;
        items.push_back(std::move(*one));
      }
      return state.kind() == State::Kind::tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
    }
    case State::Kind::dict: {
      Value dict = Value::dict();
      for (const auto& [key, item] : state.entries()) {
        std::optional<Value> name = value_of(key), one = value_of(item);
        if (!name || !one) return std::nullopt;
        dict.as_dict().set(std::move(*name), std::move(*one));
      }
      return dict;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace millrace
