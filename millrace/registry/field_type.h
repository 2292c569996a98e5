#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/registry/binder.h"
#include "millrace/registry/enum_names.h"
#include "millrace/registry/field_count.h"
#include "millrace/registry/required.h"

namespace millrace {

class Schema;

/// How one C++ type is read from a config value, written back and named: the run-time face of a field's type.
struct FieldType {
  std::string (*name)();
  /// Writes `value` into the field, or adds mistakes to the binder.
  void (*bind)(void* field, const Value& value, Binder& binder);
  /// The value with every default below it filled in.
  Value (*dump)(const void* field);
  /// Whether a Required is still unset.
  bool (*missing)(const void* field);
};

/// The types that a field of options can have. Each specialisation has name(), bind() and dump(); a type of your own
/// takes part by having a nested `describe` (it is then a dict of its own) or by a specialisation beside it.
template <class T>
struct TypeOf;

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
MILLRACE_FIELD_TYPE(Value);  // anything, as it stands
#undef MILLRACE_FIELD_TYPE

namespace detail {

bool accept_sequence(const Value& value, Binder& binder, std::string_view expected);
bool accept_length(const Value& value, size_t length, Binder& binder, std::string_view expected);
void bind_enum(int64_t& index, const Value& value, Binder& binder, const std::vector<std::string>& names);
std::string enum_type_name(const std::vector<std::string>& names);
void bind_described(const Schema& schema, void* object, const Value& value, Binder& binder);
Value dump_described(const Schema& schema, const void* object);
template <class T>
const Schema& schema_of_struct();

/// An empty T; of a described struct, one whose required fields are unset.
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
};

template <class T>
struct TypeOf<Required<T>> {
  static std::string name() { return TypeOf<T>::name(); }
  static void bind(Required<T>& field, const Value& value, Binder& binder) {
    TypeOf<T>::bind(field.emplace(), value, binder);
  }
  static Value dump(const Required<T>& field) { return field.is_set() ? TypeOf<T>::dump(*field) : Value(); }
};

template <class T>
struct TypeOf<std::optional<T>> {
  static std::string name() { return TypeOf<T>::name() + " or None"; }
  static void bind(std::optional<T>& field, const Value& value, Binder& binder) {
    if (value.is_null()) field.reset();
    else TypeOf<T>::bind(field.emplace(detail::make_element<T>()), value, binder);
  }
  static Value dump(const std::optional<T>& field) { return field ? TypeOf<T>::dump(*field) : Value(); }
};

template <class T>
struct TypeOf<std::vector<T>> {
  static std::string name() { return "list of " + TypeOf<T>::name(); }
  static void bind(std::vector<T>& field, const Value& value, Binder& binder) {
    if (!detail::accept_sequence(value, binder, "a " + name())) return;
    field.clear();
    for (size_t i = 0; i < value.items().size(); ++i) {
      T element = detail::make_element<T>();
      detail::bind_element(element, value.items()[i], binder, std::to_string(i));
      field.push_back(std::move(element));
    }
  }
  static Value dump(const std::vector<T>& field) {
    Value::Items items;
    for (const T& element : field) items.push_back(TypeOf<T>::dump(element));
    return Value::list(std::move(items));
  }
};

template <class T>
struct TypeOf<OneOrMany<T>> {
  static std::string name() { return TypeOf<T>::name() + " or list of " + TypeOf<T>::name(); }
  static void bind(OneOrMany<T>& field, const Value& value, Binder& binder) {
    if (value.is_sequence()) {
      std::vector<T> many;
      TypeOf<std::vector<T>>::bind(many, value, binder);
      field = OneOrMany<T>(std::move(many));
    } else {
      T one = detail::make_element<T>();
      TypeOf<T>::bind(one, value, binder);
      field = OneOrMany<T>(std::move(one));
    }
  }
  static Value dump(const OneOrMany<T>& field) {
    if (!field.is_list() && field.size() == 1) return TypeOf<T>::dump(field[0]);
    return TypeOf<std::vector<T>>::dump(field.values());
  }
};

template <class T, size_t N>
struct TypeOf<std::array<T, N>> {
  static std::string name() { return "list of " + std::to_string(N) + " " + TypeOf<T>::name(); }
  static void bind(std::array<T, N>& field, const Value& value, Binder& binder) {
    if (!detail::accept_length(value, N, binder, "a " + name())) return;
    for (size_t i = 0; i < N; ++i) detail::bind_element(field[i], value.items()[i], binder, std::to_string(i));
  }
  static Value dump(const std::array<T, N>& field) {
    Value::Items items;
    for (const T& element : field) items.push_back(TypeOf<T>::dump(element));
    return Value::list(std::move(items));
  }
};

template <class... Ts>
struct TypeOf<std::tuple<Ts...>> {
  static std::string name() {
    std::string text;
    ((text += (text.empty() ? "" : ", ") + TypeOf<Ts>::name()), ...);
    return "(" + text + ")";
  }
  static void bind(std::tuple<Ts...>& field, const Value& value, Binder& binder) {
    if (!detail::accept_length(value, sizeof...(Ts), binder, name())) return;
    [&]<size_t... I>(std::index_sequence<I...>) {
      (detail::bind_element(std::get<I>(field), value.items()[I], binder, std::to_string(I)), ...);
    }
    (std::index_sequence_for<Ts...>());
  }
  static Value dump(const std::tuple<Ts...>& field) {
    return std::apply([](const Ts&... each) { return Value::tuple({TypeOf<Ts>::dump(each)...}); }, field);
  }
};

template <class A, class B>
struct TypeOf<std::pair<A, B>> {
  static std::string name() { return TypeOf<std::tuple<A, B>>::name(); }
  static void bind(std::pair<A, B>& field, const Value& value, Binder& binder) {
    if (!detail::accept_length(value, 2, binder, name())) return;
    detail::bind_element(field.first, value.items()[0], binder, "0");
    detail::bind_element(field.second, value.items()[1], binder, "1");
  }
  static Value dump(const std::pair<A, B>& field) {
    return Value::tuple({TypeOf<A>::dump(field.first), TypeOf<B>::dump(field.second)});
  }
};

template <class T>
struct TypeOf<std::map<std::string, T>> {
  static std::string name() { return "dict of " + TypeOf<T>::name(); }
  static void bind(std::map<std::string, T>& field, const Value& value, Binder& binder) {
    if (!value.is_dict()) return binder.wrong_type(value, "a " + name());
    field.clear();
    for (const auto& [key, item] : value.as_dict()) {
      if (!key.is_string()) {
        binder.wrong_type(key, "a dict whose keys are strings");
        continue;
      }
      detail::bind_element(field[key.as_string()], item, binder, key.as_string());
    }
  }
  static Value dump(const std::map<std::string, T>& field) {
    Value value = Value::dict();
    for (const auto& [key, item] : field) value.as_dict().set(key, TypeOf<T>::dump(item));
    return value;
  }
};

/// The first alternative that takes the value without a mistake. Where none does, and one alone takes dicts, the
/// mistakes in a dict are told instead of all types.
template <class... Ts>
struct TypeOf<std::variant<Ts...>> {
  static std::string name() {
    std::string text;
    ((text += (text.empty() ? "" : " or ") + TypeOf<Ts>::name()), ...);
    return text;
  }
  static void bind(std::variant<Ts...>& field, const Value& value, Binder& binder) {
    using Bind = void (*)(std::variant<Ts...>&, const Value&, Binder&);
    Bind meant = nullptr;
    int candidates = 0;
    const auto attempt = [&]<class T>(T*) {
      Binder trial = binder.trial();
      bind_as<T>(field, value, trial);
      if (!trial.ok() && value.is_dict() && !trial.refused_whole()) meant = &bind_as<T>, ++candidates;
      if (trial.ok()) binder.add(trial);  // what is absent
      return trial.ok();
    };
    if ((attempt(static_cast<Ts*>(nullptr)) || ...)) return;
    if (candidates == 1) meant(field, value, binder);
    else binder.wrong_type(value, name());
  }
  static Value dump(const std::variant<Ts...>& field) {
    return std::visit([]<class T>(const T& held) { return TypeOf<T>::dump(held); }, field);
  }

 private:
  template <class T>
  static void bind_as(std::variant<Ts...>& field, const Value& value, Binder& binder) {
    const size_t before = binder.mistakes().size();
    T candidate = detail::make_element<T>();
    TypeOf<T>::bind(candidate, value, binder);
    if (binder.mistakes().size() == before) field = std::move(candidate);
  }
};

namespace detail {
template <class T>
struct IsRequired : std::false_type {};
template <class T>
struct IsRequired<Required<T>> : std::true_type {};
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
      }};
  return kType;
}

}  // namespace millrace
