#pragma once

#include <string>
#include <type_traits>

#include "millrace/registry/container_types.h"
#include "millrace/registry/scalars.h"
#include "millrace/registry/tuple_types.h"
#include "millrace/registry/type_of.h"

namespace millrace {

/// A C++ type at run time: how a field of this type is read from a config value, written back and named.
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
  /// Adds the mistakes in options that the field holds and C++ filled in; null if it can't hold options.
  void (*check)(const void* field, Binder& binder);
  /// Takes the value `otherwise` if the field was not given; null for a type that does not know whether it was given.
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
