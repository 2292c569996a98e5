#pragma once

#include <cstdint>

namespace millrace::py {

/// What an expression of the syntax tree is.
enum class ExprKind : uint8_t {
  constant,
  formatted,
  name,
  base_value,
  attribute,
  subscript,
  slice,
  call,
  unary,
  binary,
  logical,
  compare,
  conditional,
  sequence,
  dict,
  comprehension,
  lambda,
  starred,
  named,
};

/// The operators of Python.
enum class Op : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  matrix,
  bit_or,
  bit_and,
  bit_xor,
  shift_left,
  shift_right,
  plus,
  minus,
  invert,
  logical_not,
  logical_and,
  logical_or,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  not_in,
  is,
  is_not,
};

}  // namespace millrace::py
