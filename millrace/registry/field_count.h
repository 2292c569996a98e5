#pragma once

#include <utility>

#include "millrace/registry/required.h"

namespace millrace::detail {

/// Whether T can be made from R unset required fields and K empty braces: true up to its number of members. (A type
/// that converts to anything would be simpler, but is ambiguous for optional and variant members.)
template <class T, int K, class Indices>
struct Braces;

#define MILLRACE_BRACES_1 \
  {}
#define MILLRACE_BRACES_2 \
  MILLRACE_BRACES_1, {}
#define MILLRACE_BRACES_3 \
  MILLRACE_BRACES_2, {}
#define MILLRACE_BRACES_4 \
  MILLRACE_BRACES_3, {}
#define MILLRACE_BRACES_5 \
  MILLRACE_BRACES_4, {}
#define MILLRACE_BRACES_6 \
  MILLRACE_BRACES_5, {}
#define MILLRACE_BRACES_7 \
  MILLRACE_BRACES_6, {}
#define MILLRACE_BRACES_8 \
  MILLRACE_BRACES_7, {}
#define MILLRACE_BRACES_9 \
  MILLRACE_BRACES_8, {}
#define MILLRACE_BRACES_10 \
  MILLRACE_BRACES_9, {}
#define MILLRACE_BRACES_11 \
  MILLRACE_BRACES_10, {}
#define MILLRACE_BRACES_12 \
  MILLRACE_BRACES_11, {}
#define MILLRACE_BRACES_13 \
  MILLRACE_BRACES_12, {}
#define MILLRACE_BRACES_14 \
  MILLRACE_BRACES_13, {}
#define MILLRACE_BRACES_15 \
  MILLRACE_BRACES_14, {}
#define MILLRACE_BRACES_16 \
  MILLRACE_BRACES_15, {}
#define MILLRACE_BRACES_17 \
  MILLRACE_BRACES_16, {}
#define MILLRACE_BRACES_18 \
  MILLRACE_BRACES_17, {}
#define MILLRACE_BRACES_19 \
  MILLRACE_BRACES_18, {}
#define MILLRACE_BRACES_20 \
  MILLRACE_BRACES_19, {}
#define MILLRACE_BRACES_21 \
  MILLRACE_BRACES_20, {}
#define MILLRACE_BRACES_22 \
  MILLRACE_BRACES_21, {}
#define MILLRACE_BRACES_23 \
  MILLRACE_BRACES_22, {}
#define MILLRACE_BRACES_24 \
  MILLRACE_BRACES_23, {}
#define MILLRACE_BRACES_25 \
  MILLRACE_BRACES_24, {}
#define MILLRACE_BRACES_26 \
  MILLRACE_BRACES_25, {}
#define MILLRACE_BRACES_27 \
  MILLRACE_BRACES_26, {}
#define MILLRACE_BRACES_28 \
  MILLRACE_BRACES_27, {}
#define MILLRACE_BRACES_29 \
  MILLRACE_BRACES_28, {}
#define MILLRACE_BRACES_30 \
  MILLRACE_BRACES_29, {}
#define MILLRACE_BRACES_31 \
  MILLRACE_BRACES_30, {}
#define MILLRACE_BRACES_32 \
  MILLRACE_BRACES_31, {}
#define MILLRACE_BRACES_33 \
  MILLRACE_BRACES_32, {}
#define MILLRACE_BRACES_34 \
  MILLRACE_BRACES_33, {}
#define MILLRACE_BRACES_35 \
  MILLRACE_BRACES_34, {}
#define MILLRACE_BRACES_36 \
  MILLRACE_BRACES_35, {}
#define MILLRACE_BRACES_37 \
  MILLRACE_BRACES_36, {}
#define MILLRACE_BRACES_38 \
  MILLRACE_BRACES_37, {}
#define MILLRACE_BRACES_39 \
  MILLRACE_BRACES_38, {}
#define MILLRACE_BRACES_40 \
  MILLRACE_BRACES_39, {}
#define MILLRACE_BRACES_41 \
  MILLRACE_BRACES_40, {}
#define MILLRACE_BRACES_42 \
  MILLRACE_BRACES_41, {}
#define MILLRACE_BRACES_43 \
  MILLRACE_BRACES_42, {}
#define MILLRACE_BRACES_44 \
  MILLRACE_BRACES_43, {}
#define MILLRACE_BRACES_45 \
  MILLRACE_BRACES_44, {}
#define MILLRACE_BRACES_46 \
  MILLRACE_BRACES_45, {}
#define MILLRACE_BRACES_47 \
  MILLRACE_BRACES_46, {}
#define MILLRACE_BRACES_48 \
  MILLRACE_BRACES_47, {}

template <int>
constexpr Unset unset() {
  return {};
}

#define MILLRACE_BRACES(K)                                                            \
  template <class T, int... R>                                                        \
  struct Braces<T, K, std::integer_sequence<int, R...>> {                             \
    static constexpr bool kFit = requires { T{unset<R>()..., MILLRACE_BRACES_##K}; }; \
  };
template <class T, int... R>
struct Braces<T, 0, std::integer_sequence<int, R...>> {
  static constexpr bool kFit = requires { T{unset<R>()...}; };
};
MILLRACE_BRACES(1)
MILLRACE_BRACES(2)
MILLRACE_BRACES(3)
MILLRACE_BRACES(4)
MILLRACE_BRACES(5)
MILLRACE_BRACES(6)
MILLRACE_BRACES(7)
MILLRACE_BRACES(8)
MILLRACE_BRACES(9)
MILLRACE_BRACES(10)
MILLRACE_BRACES(11)
MILLRACE_BRACES(12)
MILLRACE_BRACES(13)
MILLRACE_BRACES(14)
MILLRACE_BRACES(15)
MILLRACE_BRACES(16)
MILLRACE_BRACES(17)
MILLRACE_BRACES(18)
MILLRACE_BRACES(19)
MILLRACE_BRACES(20)
MILLRACE_BRACES(21)
MILLRACE_BRACES(22)
MILLRACE_BRACES(23)
MILLRACE_BRACES(24)
MILLRACE_BRACES(25)
MILLRACE_BRACES(26)
MILLRACE_BRACES(27)
MILLRACE_BRACES(28)
MILLRACE_BRACES(29)
MILLRACE_BRACES(30)
MILLRACE_BRACES(31)
MILLRACE_BRACES(32)
MILLRACE_BRACES(33)
MILLRACE_BRACES(34)
MILLRACE_BRACES(35)
MILLRACE_BRACES(36)
MILLRACE_BRACES(37)
MILLRACE_BRACES(38)
MILLRACE_BRACES(39)
MILLRACE_BRACES(40)
MILLRACE_BRACES(41)
MILLRACE_BRACES(42)
MILLRACE_BRACES(43)
MILLRACE_BRACES(44)
MILLRACE_BRACES(45)
MILLRACE_BRACES(46)
MILLRACE_BRACES(47)
MILLRACE_BRACES(48)
#undef MILLRACE_BRACES
#undef MILLRACE_BRACES_1
#undef MILLRACE_BRACES_2
#undef MILLRACE_BRACES_3
#undef MILLRACE_BRACES_4
#undef MILLRACE_BRACES_5
#undef MILLRACE_BRACES_6
#undef MILLRACE_BRACES_7
#undef MILLRACE_BRACES_8
#undef MILLRACE_BRACES_9
#undef MILLRACE_BRACES_10
#undef MILLRACE_BRACES_11
#undef MILLRACE_BRACES_12
#undef MILLRACE_BRACES_13
#undef MILLRACE_BRACES_14
#undef MILLRACE_BRACES_15
#undef MILLRACE_BRACES_16
#undef MILLRACE_BRACES_17
#undef MILLRACE_BRACES_18
#undef MILLRACE_BRACES_19
#undef MILLRACE_BRACES_20
#undef MILLRACE_BRACES_21
#undef MILLRACE_BRACES_22
#undef MILLRACE_BRACES_23
#undef MILLRACE_BRACES_24
#undef MILLRACE_BRACES_25
#undef MILLRACE_BRACES_26
#undef MILLRACE_BRACES_27
#undef MILLRACE_BRACES_28
#undef MILLRACE_BRACES_29
#undef MILLRACE_BRACES_30
#undef MILLRACE_BRACES_31
#undef MILLRACE_BRACES_32
#undef MILLRACE_BRACES_33
#undef MILLRACE_BRACES_34
#undef MILLRACE_BRACES_35
#undef MILLRACE_BRACES_36
#undef MILLRACE_BRACES_37
#undef MILLRACE_BRACES_38
#undef MILLRACE_BRACES_39
#undef MILLRACE_BRACES_40
#undef MILLRACE_BRACES_41
#undef MILLRACE_BRACES_42
#undef MILLRACE_BRACES_43
#undef MILLRACE_BRACES_44
#undef MILLRACE_BRACES_45
#undef MILLRACE_BRACES_46
#undef MILLRACE_BRACES_47
#undef MILLRACE_BRACES_48

/// The number of leading Required members.
template <class T, int R = 0>
constexpr int count_required() {
  static_assert(R <= 12, "an Options aggregate with more than 12 leading Required fields, or one that is no aggregate");
  if constexpr (Braces<T, 0, std::make_integer_sequence<int, R>>::kFit) return R;
  else return count_required<T, R + 1>();
}

/// The number of members; the first Required that stands behind a field with a default ends the count.
template <class T>
constexpr int count_members() {
  constexpr int kRequired = count_required<T>();
  return [&]<int... K>(std::integer_sequence<int, K...>) {
    int members = kRequired;
    ((Braces<T, K + 1, std::make_integer_sequence<int, kRequired>>::kFit ? ++members : members), ...);
    return members;
  }
  (std::make_integer_sequence<int, 48>());
}

/// An aggregate whose Required fields are unset and whose others have their defaults.
template <class T>
T make_options() {
  return []<int... R>(std::integer_sequence<int, R...>) { return T{unset<R>()...}; }
  (std::make_integer_sequence<int, count_required<T>()>());
}

}  // namespace millrace::detail
