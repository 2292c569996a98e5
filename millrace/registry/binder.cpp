#include "millrace/registry/binder.h"

#include "millrace/base/text.h"
#include "millrace/registry/registry.h"

namespace millrace {

Binder::Binder(std::string scope) : Binder(std::move(scope), ComponentTable::instance()) {}

Error& Binder::mistake(const Value& value, std::string what) { return mistake(value.place(), std::move(what)); }

Error& Binder::mistake(const Place& place, std::string what) {
  const std::string where = path();
  if (place.known() || where.empty()) return mistakes_.add(Error(place, std::move(what)));
  return mistakes_.add(Error(Place(where), std::move(what)));
}

std::string Binder::path() const { return join(path_, "."); }

void Binder::wrong_type(const Value& value, std::string_view expected) {
  std::string given = value.is_null() ? "None" : value.repr() + " (" + value.kind_name() + ")";
  mistake(value, subject_ + " must be " + std::string(expected) + ", got " + given);
}

}  // namespace millrace
