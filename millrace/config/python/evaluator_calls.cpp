#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/config/python/library.h"

namespace millrace::py {

Method find_method(const Value& self, std::string_view name) {
  switch (self.kind()) {
    case Value::Kind::dict:
      return find_dict_method(name, self.as_dict().is_config());
    case Value::Kind::list:
      return find_list_method(name);
    case Value::Kind::tuple:
      return find_tuple_method(name);
    case Value::Kind::set:
      return find_set_method(name);
    case Value::Kind::string:
      return find_string_method(name);
    default:
      return nullptr;
  }
}

Value Evaluator::call_method(const Value& self, std::string_view name, Arguments& arguments) {
  const Method method = find_method(self, name);
  if (!method) fail(arguments.offset, fmt::format("{} has no method '{}'", with_article(self), name));
  if (self.is_string()) charge_scan(self.as_string(), arguments.offset);
  Value result = method(*this, self, arguments);
  if (result.is_string()) charge_text(result.as_string().size(), arguments.offset);
  if (!result.place().known()) result.set_place(place(arguments.offset));
  return result;
}

Value Evaluator::call(const Value& function, Arguments& arguments) {
  if (!function.is_symbol()) fail(arguments.offset, fmt::format("{} cannot be called", with_article(function)));
  const Symbol::Body* body = function.as_symbol().body.get();
  if (const auto* builtin = dynamic_cast<const Builtin*>(body)) {
    for (const Value& argument : arguments.positional)
      if (argument.is_string()) charge_scan(argument.as_string(), arguments.offset);
    Value result = builtin->call(*this, arguments);
    if (!result.place().known()) result.set_place(place(arguments.offset));
    return result;
  }
  if (const auto* user = dynamic_cast<const UserFunction*>(body)) return call_user(*user, arguments);
  if (const auto* bound = dynamic_cast<const BoundMethod*>(body)) {
    if (!bound->self.is_symbol()) return call_method(bound->self, bound->name, arguments);
    // A method of a type: dict.fromkeys(keys), str.upper(text).
    if (bound->name == "fromkeys")
      return find_dict_method("fromkeys", false)(*this, new_dict(arguments.offset), arguments);
    if (arguments.positional.empty()) fail(arguments.offset, fmt::format("{}() needs an object", bound->name));
    const Value self = arguments.positional.front();
    arguments.positional.erase(arguments.positional.begin());
    return call_method(self, bound->name, arguments);
  }
  std::string_view path = function.as_symbol().path;
  if (path.starts_with("builtins.")) path.remove_prefix(9);
  throw Error(place(arguments.offset), fmt::format("{}() is not part of the config language", path))
      .note("reading a config runs no imported code; `type=` names a class, and the registry builds it");
}

}  // namespace millrace::py
