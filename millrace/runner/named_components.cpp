#include "millrace/runner/named_components.h"

namespace millrace {

namespace detail {

bool names_components(const Value& value, std::string_view kind, const char* own_key, const Binder& binder) {
  if (!value.is_dict() || value.as_dict().empty() || value.find("type")) return false;
  if (own_key && value.find(own_key)) return false;
  bool is_one = own_key == nullptr;
  for (const auto& [key, item] : value.as_dict()) {
    if (key.is_string() && key.as_string() == "constructor") continue;
    if (!item.is_dict() && !item.is_sequence() && !item.is_null()) return false;
    if (is_one || !item.is_dict()) continue;
    const Value* type = item.find("type");
    is_one = item.find(own_key) ||
             (type && type->is_string() && ComponentTable::instance().find(kind, type->as_string(), binder.scope()));
  }
  return is_one;
}

}  // namespace detail

}  // namespace millrace
