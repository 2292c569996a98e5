#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/registry/binder.h"
#include "millrace/registry/default.h"
#include "millrace/registry/enum_names.h"
#include "millrace/registry/field_count.h"
#include "millrace/registry/required.h"

namespace millrace {

class Schema;

/// The types that a field of options can have. Each specialisation has name(), bind() and dump(), and check() if it
/// holds options; your own type takes part if it has a nested `describe` (then it is a dict in a config), or with a
/// specialisation beside it.
template <class T>
struct TypeOf;

template <class T>
concept HoldsOptions = requires(const T& field, Binder& binder) {
  TypeOf<T>::check(field, binder);
};

#define MILLRACE_FIELD_TYPE(type)                         \
  template <>                                             \
  struct TypeOf<type> {                                   \
    static std::string name();                            \
    static void bind(type& field, const Value&, Binder&); \
    static Value dump(const type& field);                 \
  }
MILLRACE_FIELD_TYPE(bool);
MILLRACE_FIELD_TYPE(int);      // an integral float is accepted: 1e3
MILLRACE_FIELD_TYPE(int64_t);  // the same
MILLRACE_FIELD_TYPE(double);   // an integer is accepted
MILLRACE_FIELD_TYPE(std::string);
MILLRACE_FIELD_TYPE(std::filesystem::path);
MILLRACE_FIELD_TYPE(Value);  // anything, unchanged
#undef MILLRACE_FIELD_TYPE

namespace detail {

bool accept_sequence(const Value& value, Binder& binder, std::string_view expected);
bool accept_length(const Value& value, size_t length, Binder& binder, std::string_view expected);
void bind_enum(int64_t& index, const Value& value, Binder& binder, const std::vector<std::string>& names);
std::string enum_type_name(const std::vector<std::string>& names);
void bind_described(const Schema& schema, void* object, const Value& value, Binder& binder);
Value dump_described(const Schema& schema, const void* object);
void check_described(const Schema& schema, const void* object, Binder& binder);
template <class T>
const Schema& schema_of_struct();

/// An empty T; for a described struct, with unset required fields.
template <class T>
T make_element() {
  if constexpr (std::is_default_constructible_v<T>) return T{};
  else return make_options<T>();
}

template <class T>
void bind_element(T& element, const Value& value, Binder& binder, std::string key) {
  const Binder::Step step(binder, std::move(key));
  TypeOf<T>::bind(element, value, binder);
}

}  // namespace detail

template <class E>
requires std::is_enum_v<E>
struct TypeOf<E> {
  static std::string name() { return detail::enum_type_name(enum_names<E>()); }
  static void bind(E& field, const Value& value, Binder& binder) {
    int64_t index = static_cast<int64_t>(field);
    detail::bind_enum(index, value, binder, enum_names<E>());
    field = static_cast<E>(index);
  }
  static Value dump(const E& field) { return enum_names<E>().at(static_cast<size_t>(field)); }
};

template <class T>
requires requires { &T::template describe<class Fields>; }
struct TypeOf<T> {
  static std::string name() { return "dict"; }
  static void bind(T& field, const Value& value, Binder& binder) {
    detail::bind_described(detail::schema_of_struct<T>(), &field, value, binder);
  }
  static Value dump(const T& field) { return detail::dump_described(detail::schema_of_struct<T>(), &field); }
  static void check(const T& field, Binder& binder) {
    detail::check_described(detail::schema_of_struct<T>(), &field, binder);
  }
};

template <class T>
struct TypeOf<Required<T>> {
  static std::string name() { return TypeOf<T>::name(); }
  static void bind(Required<T>& field, const Value& value, Binder& binder) {
    TypeOf<T>::bind(field.emplace(), value, binder);
  }
  static Value dump(const Required<T>& field) { return field.is_set() ? TypeOf<T>::dump(*field) : Value(); }
  static void check(const Required<T>& field, Binder& binder) requires HoldsOptions<T> {
    TypeOf<T>::check(*field, binder);
  }
};

template <class T>
struct TypeOf<Default<T>> {
  static std::string name() { return TypeOf<T>::name(); }
  static void bind(Default<T>& field, const Value& value, Binder& binder) {
    TypeOf<T>::bind(field.emplace(), value, binder);
  }
  static Value dump(const Default<T>& field) { return TypeOf<T>::dump(*field); }
  static void check(const Default<T>& field, Binder& binder) requires HoldsOptions<T> {
    TypeOf<T>::check(*field, binder);
  }
};

}  // namespace millrace
