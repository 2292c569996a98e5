#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/registry/type_of.h"

namespace millrace {

/// Whether an option can have the type: its TypeOf exists, and that of what it contains.
template <class T>
inline constexpr bool kIsFieldType = requires {
  sizeof(TypeOf<T>);
};
template <class T>
inline constexpr bool kIsFieldType<std::optional<T>> = kIsFieldType<T>;
template <class T>
inline constexpr bool kIsFieldType<std::vector<T>> = kIsFieldType<T>;
template <class T>
inline constexpr bool kIsFieldType<OneOrMany<T>> = kIsFieldType<T>;
template <class T>
inline constexpr bool kIsFieldType<std::map<std::string, T>> = kIsFieldType<T>;
template <class... Ts>
inline constexpr bool kIsFieldType<std::variant<Ts...>> = (kIsFieldType<Ts> && ...);
template <class T, size_t N>
inline constexpr bool kIsFieldType<std::array<T, N>> = kIsFieldType<T>;
template <class... Ts>
inline constexpr bool kIsFieldType<std::tuple<Ts...>> = (kIsFieldType<Ts> && ...);
template <class A, class B>
inline constexpr bool kIsFieldType<std::pair<A, B>> = kIsFieldType<A>&& kIsFieldType<B>;
template <class T>
inline constexpr bool kIsFieldType<Required<T>> = kIsFieldType<T>;
template <class T>
inline constexpr bool kIsFieldType<Default<T>> = kIsFieldType<T>;

}  // namespace millrace
