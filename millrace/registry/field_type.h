#pragma once

#include <string>
#include <type_traits>

#include "millrace/registry/container_types.h"
#include "millrace/registry/scalars.h"
#include "millrace/registry/tuple_types.h"
#include "millrace/registry/type_of.h"

namespace millrace {

/// How one C++ type is read from a config value, written back and named: the run-time face of a field's type.
struct FieldType {
  std::string (*name)();
  /// Writes `value` into the field, or adds mistakes to the binder.
  void (*bind)(void* field, const Value& value, Binder& binder);
  /// The value with every default below it filled in.
  Value (*dump)(const void* field);
  /// Whether a Required is still unset.
  bool (*missing)(const void* field);
  /// Null where the field is not a fixed number of numbers.
  const Scalars* scalars;
  /// Adds the mistakes of options that the field holds and that C++ filled in; null where it can hold none.
  void (*check)(const void* field, Binder& binder);
  /// Takes over `otherwise` where the field was not given; null for a field that does not know whether it was.
  void (*settle)(void* field, const void* otherwise);
};

namespace detail {

template <class T>
struct IsRequired : std::false_type {};
template <class T>
struct IsRequired<Required<T>> : std::true_type {};
template <class T>
struct IsDefault : std::false_type {};
template <class T>
struct IsDefault<Default<T>> : std::true_type {};

template <class T>
constexpr auto check_of() -> void (*)(const void*, Binder&) {
  if constexpr (HoldsOptions<T>)
    return [](const void* field, Binder& binder) { TypeOf<T>::check(*static_cast<const T*>(field), binder); };
  else return nullptr;
}
template <class T>
constexpr auto settle_of() -> void (*)(void*, const void*) {
  if constexpr (IsDefault<T>::value)
    return [](void* field, const void* other) { static_cast<T*>(field)->settle(*static_cast<const T*>(other)); };
  else return nullptr;
}

}  // namespace detail

template <class T>
const FieldType& field_type() {
  static constexpr FieldType kType = {
      &TypeOf<T>::name,
      [](void* field, const Value& value, Binder& binder) { TypeOf<T>::bind(*static_cast<T*>(field), value, binder); },
      [](const void* field) { return TypeOf<T>::dump(*static_cast<const T*>(field)); },
      [](const void* field) {
        if constexpr (detail::IsRequired<T>::value) return !static_cast<const T*>(field)->is_set();
        else return false;
      },
      detail::scalars_of<T>(),
      detail::check_of<T>(),
      detail::settle_of<T>()};
  return kType;
}

}  // namespace millrace
