#pragma once

#include <type_traits>
#include <utility>

#include "millrace/registry/required.h"

namespace millrace::detail {

/// Whether T can be made from R unset leading members and K empty braces: true up to its number of members. (A type
/// that converts to anything would be simpler, but is ambiguous for optional and variant members.)
template <class T, int K, class Indices>
struct Braces;

template <int>
constexpr Unset unset() {
  return {};
}

template <class T, int... R>
struct Braces<T, 0, std::integer_sequence<int, R...>> {
  static constexpr bool kFit = requires { T{unset<R>()...}; };
};

// clang-format off
#define MILLRACE_FIT(K, ...)                                                 \
  template <class T, int... R>                                               \
  struct Braces<T, K, std::integer_sequence<int, R...>> {                    \
    static constexpr bool kFit = requires { T{unset<R>()..., __VA_ARGS__}; }; \
  };
#define MILLRACE_1 {}
#define MILLRACE_2 {}, {}
#define MILLRACE_4 MILLRACE_2, MILLRACE_2
#define MILLRACE_8 MILLRACE_4, MILLRACE_4
#define MILLRACE_16 MILLRACE_8, MILLRACE_8
#define MILLRACE_32 MILLRACE_16, MILLRACE_16
MILLRACE_FIT(1, MILLRACE_1)
MILLRACE_FIT(2, MILLRACE_2)
MILLRACE_FIT(3, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(4, MILLRACE_4)
MILLRACE_FIT(5, MILLRACE_4, MILLRACE_1)
MILLRACE_FIT(6, MILLRACE_4, MILLRACE_2)
MILLRACE_FIT(7, MILLRACE_4, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(8, MILLRACE_8)
MILLRACE_FIT(9, MILLRACE_8, MILLRACE_1)
MILLRACE_FIT(10, MILLRACE_8, MILLRACE_2)
MILLRACE_FIT(11, MILLRACE_8, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(12, MILLRACE_8, MILLRACE_4)
MILLRACE_FIT(13, MILLRACE_8, MILLRACE_4, MILLRACE_1)
MILLRACE_FIT(14, MILLRACE_8, MILLRACE_4, MILLRACE_2)
MILLRACE_FIT(15, MILLRACE_8, MILLRACE_4, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(16, MILLRACE_16)
MILLRACE_FIT(17, MILLRACE_16, MILLRACE_1)
MILLRACE_FIT(18, MILLRACE_16, MILLRACE_2)
MILLRACE_FIT(19, MILLRACE_16, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(20, MILLRACE_16, MILLRACE_4)
MILLRACE_FIT(21, MILLRACE_16, MILLRACE_4, MILLRACE_1)
MILLRACE_FIT(22, MILLRACE_16, MILLRACE_4, MILLRACE_2)
MILLRACE_FIT(23, MILLRACE_16, MILLRACE_4, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(24, MILLRACE_16, MILLRACE_8)
MILLRACE_FIT(25, MILLRACE_16, MILLRACE_8, MILLRACE_1)
MILLRACE_FIT(26, MILLRACE_16, MILLRACE_8, MILLRACE_2)
MILLRACE_FIT(27, MILLRACE_16, MILLRACE_8, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(28, MILLRACE_16, MILLRACE_8, MILLRACE_4)
MILLRACE_FIT(29, MILLRACE_16, MILLRACE_8, MILLRACE_4, MILLRACE_1)
MILLRACE_FIT(30, MILLRACE_16, MILLRACE_8, MILLRACE_4, MILLRACE_2)
MILLRACE_FIT(31, MILLRACE_16, MILLRACE_8, MILLRACE_4, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(32, MILLRACE_32)
MILLRACE_FIT(33, MILLRACE_32, MILLRACE_1)
MILLRACE_FIT(34, MILLRACE_32, MILLRACE_2)
MILLRACE_FIT(35, MILLRACE_32, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(36, MILLRACE_32, MILLRACE_4)
MILLRACE_FIT(37, MILLRACE_32, MILLRACE_4, MILLRACE_1)
MILLRACE_FIT(38, MILLRACE_32, MILLRACE_4, MILLRACE_2)
MILLRACE_FIT(39, MILLRACE_32, MILLRACE_4, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(40, MILLRACE_32, MILLRACE_8)
MILLRACE_FIT(41, MILLRACE_32, MILLRACE_8, MILLRACE_1)
MILLRACE_FIT(42, MILLRACE_32, MILLRACE_8, MILLRACE_2)
MILLRACE_FIT(43, MILLRACE_32, MILLRACE_8, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(44, MILLRACE_32, MILLRACE_8, MILLRACE_4)
MILLRACE_FIT(45, MILLRACE_32, MILLRACE_8, MILLRACE_4, MILLRACE_1)
MILLRACE_FIT(46, MILLRACE_32, MILLRACE_8, MILLRACE_4, MILLRACE_2)
MILLRACE_FIT(47, MILLRACE_32, MILLRACE_8, MILLRACE_4, MILLRACE_2, MILLRACE_1)
MILLRACE_FIT(48, MILLRACE_32, MILLRACE_16)
MILLRACE_FIT(49, MILLRACE_32, MILLRACE_16, MILLRACE_1)
#undef MILLRACE_FIT
#undef MILLRACE_1
#undef MILLRACE_2
#undef MILLRACE_4
#undef MILLRACE_8
#undef MILLRACE_16
#undef MILLRACE_32
// clang-format on

constexpr int kMostMembers = 48;  // beside the leading unset ones
constexpr int kMostUnset = 12;

/// The number of leading members without a default: Required fields, and aggregates that contain such fields. Above
/// kMostUnset if there are more, or if one of them comes after a field with a default.
template <class T, int R = 0>
constexpr int count_unset() {
  if constexpr (R > kMostUnset || Braces<T, 0, std::make_integer_sequence<int, R>>::kFit) return R;
  else return count_unset<T, R + 1>();
}

/// Stops at the first sentence: who uses an Options asks kAreSound before he instantiates anything with it.
template <class T>
struct SoundOptions {
  static constexpr bool kIsAggregate = std::is_aggregate_v<T>;
  static_assert(kIsAggregate, "an Options is a plain struct: without constructors and private members");
  static constexpr bool kAreSound = [] {
    if constexpr (kIsAggregate) return count_unset<T>() <= kMostUnset;
    else return false;
  }();
  static_assert(kAreSound || !kIsAggregate,
                "an Options has at most 12 required fields, and all of them come before the fields with a default");
};

/// Declared only: what stands where a static_assert has stopped.
template <class T>
T refused();

template <class T, int Unset, int K = 0>
constexpr int count_members_from() {
  static_assert(K <= kMostMembers,
                "an Options has at most 48 fields beside its required ones; put some into a member of their own and "
                "flatten it");
  if constexpr (K > kMostMembers) return Unset + K;
  else if constexpr (!Braces<T, K + 1, std::make_integer_sequence<int, Unset>>::kFit) return Unset + K;
  else return count_members_from<T, Unset, K + 1>();
}

template <class T>
constexpr int count_members() {
  if constexpr (SoundOptions<T>::kAreSound) return count_members_from<T, count_unset<T>()>();
  else return 0;
}

/// An aggregate in which the Required fields are unset and the others have their defaults.
template <class T>
T make_options() {
  if constexpr (SoundOptions<T>::kAreSound) return []<int... R>(std::integer_sequence<int, R...>) {
      return T{unset<R>()...};
    }
  (std::make_integer_sequence<int, count_unset<T>()>());
  else return refused<T>(); }

}  // namespace millrace::detail
