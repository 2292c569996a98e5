#pragma once

#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "millrace/registry/type_of.h"

/// TypeOf for fields that are a list of fixed length in a config.

namespace millrace {

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

}  // namespace millrace
