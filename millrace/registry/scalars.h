#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "millrace/registry/default.h"
#include "millrace/registry/required.h"

namespace millrace {

/// How a program reads and writes a field that is a fixed number of numbers: a bool, an int, a double, or a pair, tuple
/// or array of them. Entry i of the field is a double (exact for integers below 2^53); no Value is made.
struct Scalars {
  enum class Kind { boolean, integer, number };
  Kind kind;
  size_t count;      // 1, and as many as a pair or a tuple has
  bool is_sequence;  // a pair, a tuple or an array, even of one number
  double (*get)(const void* field, size_t i);
  void (*set)(void* field, size_t i, double value);
};

namespace detail {

template <class T>
constexpr Scalars::Kind scalar_kind() {
  if (std::is_same_v<T, bool>) return Scalars::Kind::boolean;
  return std::is_integral_v<T> ? Scalars::Kind::integer : Scalars::Kind::number;
}

template <class T>
T& scalar_at(T& field, size_t) requires std::is_arithmetic_v<T> {
  return field;
}
template <class T>
T& scalar_at(std::pair<T, T>& field, size_t i) {
  return i == 0 ? field.first : field.second;
}
template <class T, size_t N>
T& scalar_at(std::array<T, N>& field, size_t i) {
  return field[i];
}
template <class T, class... Ts>
T& scalar_at(std::tuple<T, Ts...>& field, size_t i) {
  return *std::apply([](auto&... each) { return std::array<T*, sizeof...(Ts) + 1>{&each...}; }, field)[i];
}

template <class T>
struct ScalarTraits {
  static constexpr size_t kCount = std::is_arithmetic_v<T> ? 1 : 0;
  static constexpr bool kIsSequence = false;
  using Element = T;
};
template <class T>
struct ScalarTraits<std::pair<T, T>> {
  static constexpr size_t kCount = std::is_arithmetic_v<T> ? 2 : 0;
  static constexpr bool kIsSequence = true;
  using Element = T;
};
template <class T, size_t N>
struct ScalarTraits<std::array<T, N>> {
  static constexpr size_t kCount = std::is_arithmetic_v<T> ? N : 0;
  static constexpr bool kIsSequence = true;
  using Element = T;
};
template <class T, class... Ts>
struct ScalarTraits<std::tuple<T, Ts...>> {
  static constexpr size_t kCount = std::is_arithmetic_v<T> && (std::is_same_v<T, Ts> && ...) ? sizeof...(Ts) + 1 : 0;
  static constexpr bool kIsSequence = true;
  using Element = T;
};

template <class T>
T& plain_field(T& field) {
  return field;
}
template <class T>
T& plain_field(Required<T>& field) {
  return *field;
}
template <class T>
T& plain_field(Default<T>& field) {
  return *field;
}

template <class T>
using PlainField = std::remove_reference_t<decltype(plain_field(std::declval<T&>()))>;

template <class T>
struct ScalarAccess {
  using Element = typename ScalarTraits<PlainField<T>>::Element;
  static double get(const void* field, size_t i) {
    return static_cast<double>(scalar_at(plain_field(*static_cast<T*>(const_cast<void*>(field))), i));
  }
  static void set(void* field, size_t i, double value) {
    scalar_at(plain_field(*static_cast<T*>(field)), i) = static_cast<Element>(value);
  }
  static constexpr Scalars kScalars = {scalar_kind<Element>(), ScalarTraits<PlainField<T>>::kCount,
                                       ScalarTraits<PlainField<T>>::kIsSequence, &get, &set};
};

/// Null if T is not a fixed number of numbers.
template <class T>
constexpr const Scalars* scalars_of() {
  if constexpr (ScalarTraits<PlainField<T>>::kCount == 0) return nullptr;
  else return &ScalarAccess<T>::kScalars;
}

}  // namespace detail

}  // namespace millrace
