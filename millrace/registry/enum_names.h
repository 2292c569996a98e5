#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

namespace detail {

/// The enumerator's name as the compiler spells it in the signature; empty if the number has no name.
template <auto V>
constexpr std::string_view enumerator_name() {
  std::string_view text = __PRETTY_FUNCTION__;  // "... [with auto V = ns::Direction::vertical; ...]" or "[V = ...]"
  const size_t begin = text.find("V = ") + 4;
  text = text.substr(begin, text.find_first_of(";]", begin) - begin);
  if (text.empty() || text[0] == '(' || (text[0] >= '0' && text[0] <= '9') || text[0] == '-') return {};
  const size_t colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

}  // namespace detail

/// The names of the enumerators of E from 0 on, without gaps (at most 24): they are the strings that configs use.
template <class E>
const std::vector<std::string>& enum_names() {
  constexpr size_t kMostEnumerators = 24;
  static_assert(detail::enumerator_name<static_cast<E>(kMostEnumerators)>().empty(),
                "an enum of options has at most 24 enumerators, numbered from 0 without gaps");
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    [&]<size_t... I>(std::index_sequence<I...>) {
      bool ended = false;
      const auto take = [&](std::string_view name) {
        ended = ended || name.empty();
        if (!ended) names.emplace_back(name);
      };
      (take(detail::enumerator_name<static_cast<E>(I)>()), ...);
    }
    (std::make_index_sequence<kMostEnumerators>());
    return names;
  }();
  return kNames;
}

template <class E>
const std::string& enum_name(E value) {
  return enum_names<E>().at(static_cast<size_t>(value));
}

}  // namespace millrace
