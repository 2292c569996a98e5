#pragma once

#include <type_traits>

namespace millrace::detail {

template <class T, class... Args>
constexpr bool is_made_from() {
  if constexpr (requires { typename T::Options; }) return std::is_constructible_v<T, Args..., typename T::Options>;
  else return std::is_constructible_v<T, Args...>;
}

/// What the registry asks of a class, one sentence each; it instantiates the rest only for a sound one.
template <class Base, class T, class... Args>
struct SoundComponent {
  static constexpr bool kIsDerived = std::is_convertible_v<T*, Base*>;
  static constexpr bool kIsWhole = !std::is_abstract_v<T>;
  static constexpr bool kIsMade = !kIsDerived || !kIsWhole || is_made_from<T, Args...>();
  static_assert(kIsDerived, "a component derives publicly from the base that it is registered for");
  static_assert(kIsWhole || !kIsDerived, "a component overrides every pure virtual function of its base");
  static_assert(kIsMade,
                "a component has a public constructor that takes the arguments of its kind and then its Options, which "
                "are public, too; without Options it takes those arguments alone");
  static constexpr bool kIsSound = kIsDerived && kIsWhole && kIsMade;
};

}  // namespace millrace::detail
