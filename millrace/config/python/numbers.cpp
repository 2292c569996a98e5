#include "millrace/config/python/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace millrace::py {
namespace {

constexpr const char* kTooLong = "the integer has more than 4300 digits";
static_assert(BigInteger::kMostDigits == 4300);
constexpr const char* kByZero = "division by zero";
constexpr const char* kNegativePower = "division by zero: 0 to a negative power";

int64_t small_of(const Value& value) {
  return value.is_bool() ? static_cast<int64_t>(value.as_bool()) : value.as_integer();
}

/// Long multiplication or division: a step for each 256 products of limbs.
void charge_product(Evaluator& evaluator, const BigInteger& a, const BigInteger& b, uint32_t offset) {
  evaluator.charge(static_cast<int64_t>((a.digits() / 9 + 1) * (b.digits() / 9 + 1) / 256), offset);
}

Value power_of_floats(const Evaluator& evaluator, double a, double b, uint32_t offset) {
  if (a == 0 && b < 0) evaluator.fail(offset, kNegativePower);
  if (a < 0 && std::isfinite(b) && std::floor(b) != b)
    evaluator.fail(offset, "complex numbers are not part of the config language");
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) evaluator.fail(offset, "the number is too large");
  return result;
}

double modulo_of_floats(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  return rest == 0 ? std::copysign(0.0, b) : rest;
}

/// From the remainder, as Python, so that 1 // 0.1 is 9.
double floor_divided(double a, double b) {
  const double quotient = (a - modulo_of_floats(a, b)) / b;
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

std::optional<Value> of_floats(const Evaluator& evaluator, Op op, double a, double b, uint32_t offset) {
  if (b == 0 && (op == Op::divide || op == Op::floor_divide || op == Op::modulo)) evaluator.fail(offset, kByZero);
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::floor_divide:
      return floor_divided(a, b);
    case Op::modulo:
      return modulo_of_floats(a, b);
    case Op::power:
      return power_of_floats(evaluator, a, b, offset);
    default:
      return std::nullopt;
  }
}

/// The commonest cases, without a BigInteger; nullopt leaves the case to those.
std::optional<Value> of_small_integers(Op op, int64_t a, int64_t b) {
  constexpr int64_t kExact = int64_t{1} << 53;  // a double holds each integer up to here
  int64_t result = 0;
  switch (op) {
    case Op::add:
      return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional<Value>(result);
    case Op::subtract:
      return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional<Value>(result);
    case Op::multiply:
      return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional<Value>(result);
    case Op::divide:
      if (b == 0 || std::max(a, b) > kExact || std::min(a, b) < -kExact) return std::nullopt;
      return static_cast<double>(a) / static_cast<double>(b);
    case Op::floor_divide:
    case Op::modulo: {
      if (b == 0 || b == -1) return std::nullopt;
      const int64_t quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
      return op == Op::floor_divide ? quotient : a - quotient * b;
    }
    case Op::bit_or:
      return a | b;
    case Op::bit_and:
      return a & b;
    case Op::bit_xor:
      return a ^ b;
    default:
      return std::nullopt;
  }
}

Value shifted(Evaluator& evaluator, Op op, const BigInteger& a, const BigInteger& by, uint32_t offset) {
  if (by.is_negative()) evaluator.fail(offset, "a shift by a negative number");
  if (a.is_zero()) return int64_t{0};
  const auto factor = BigInteger::power(BigInteger(2), by);
  if (op == Op::shift_right) {
    if (!factor) return a.is_negative() ? int64_t{-1} : int64_t{0};
    charge_product(evaluator, a, *factor, offset);
    return Value::integer(BigInteger::divide(a, *factor).quotient);
  }
  if (!factor) evaluator.fail(offset, kTooLong);
  charge_product(evaluator, a, *factor, offset);
  return new_integer(evaluator, a * *factor, offset);
}

Value power_of_integers(Evaluator& evaluator, const BigInteger& a, const BigInteger& b, uint32_t offset) {
  if (b.is_negative()) {
    if (a.is_zero()) evaluator.fail(offset, kNegativePower);
    return power_of_floats(evaluator, float_of(evaluator, Value::integer(a), offset),
                           float_of(evaluator, Value::integer(b), offset), offset);
  }
  const auto result = BigInteger::power(a, b);
  if (!result) evaluator.fail(offset, kTooLong);
  charge_product(evaluator, *result, *result, offset);
  return new_integer(evaluator, *result, offset);
}

std::optional<Value> of_integers(Evaluator& evaluator, Op op, const BigInteger& a, const BigInteger& b,
                                 uint32_t offset) {
  if (b.is_zero() && (op == Op::divide || op == Op::floor_divide || op == Op::modulo)) evaluator.fail(offset, kByZero);
  if (op != Op::add && op != Op::subtract) charge_product(evaluator, a, b, offset);
  if (op == Op::bit_or || op == Op::bit_and || op == Op::bit_xor)  // each becomes binary, and the result decimal
    for (const BigInteger* number : {&a, &b}) charge_product(evaluator, *number, *number, offset);
  switch (op) {
    case Op::add:
      return new_integer(evaluator, a + b, offset);
    case Op::subtract:
      return new_integer(evaluator, a - b, offset);
    case Op::multiply:
      return new_integer(evaluator, a * b, offset);
    case Op::divide: {
      const double result = BigInteger::true_divide(a, b);
      if (std::isinf(result)) evaluator.fail(offset, "the result is too large for a float");
      return result;
    }
    case Op::floor_divide:
      return new_integer(evaluator, BigInteger::divide(a, b).quotient, offset);
    case Op::modulo:
      return new_integer(evaluator, BigInteger::divide(a, b).remainder, offset);
    case Op::power:
      return power_of_integers(evaluator, a, b, offset);
    case Op::bit_or:
      return new_integer(evaluator, BigInteger::bitwise(BigInteger::Bitwise::bit_or, a, b), offset);
    case Op::bit_and:
      return new_integer(evaluator, BigInteger::bitwise(BigInteger::Bitwise::bit_and, a, b), offset);
    case Op::bit_xor:
      return new_integer(evaluator, BigInteger::bitwise(BigInteger::Bitwise::bit_xor, a, b), offset);
    case Op::shift_left:
    case Op::shift_right:
      return shifted(evaluator, op, a, b, offset);
    default:
      return std::nullopt;
  }
}

Value rounded_integer(Evaluator& evaluator, const BigInteger& number, int64_t digits, uint32_t offset) {
  if (digits >= 0) return Value::integer(number);
  const auto unit = BigInteger::power(BigInteger(10), BigInteger(-std::max(digits, int64_t{-1'000'000})));
  if (!unit) return int64_t{0};  // more digits than any number has
  charge_product(evaluator, number, *unit, offset);
  auto [quotient, rest] = BigInteger::divide(number, *unit);
  const auto order = rest + rest <=> *unit;
  if (order > 0 || (order == 0 && quotient.is_odd())) quotient = quotient + BigInteger(1);
  return new_integer(evaluator, quotient * *unit, offset);
}

}  // namespace

BigInteger integer_of(const Value& value) {
  return value.is_big_integer() ? value.as_big_integer() : BigInteger(small_of(value));
}

double float_of(const Evaluator& evaluator, const Value& value, uint32_t offset) {
  if (value.is_number()) return value.as_number();
  if (!value.is_big_integer()) return static_cast<double>(small_of(value));
  const double number = value.as_big_integer().to_double();
  if (std::isinf(number)) evaluator.fail(offset, "the integer is too large for a float");
  return number;
}

Value new_integer(Evaluator& evaluator, const BigInteger& value, uint32_t offset) {
  if (value.is_too_long()) evaluator.fail(offset, kTooLong);
  evaluator.charge_text(value.digits() / 2, offset);
  return Value::integer(value);
}

Value new_integer(Evaluator& evaluator, double whole, const char* function, uint32_t offset) {
  if (!std::isfinite(whole))
    evaluator.fail(offset, fmt::format("{}({}) is not an integer", function, Value(whole).repr()));
  return new_integer(evaluator, BigInteger::from_double(whole), offset);
}

std::optional<Value> arithmetic(Evaluator& evaluator, Op op, const Value& left, const Value& right, uint32_t offset) {
  if (!is_int(left) || !is_int(right))
    return of_floats(evaluator, op, float_of(evaluator, left, offset), float_of(evaluator, right, offset), offset);
  if (!left.is_big_integer() && !right.is_big_integer())
    if (auto result = of_small_integers(op, small_of(left), small_of(right))) {
      const bool truths = left.is_bool() && right.is_bool();
      const bool bitwise = op == Op::bit_or || op == Op::bit_and || op == Op::bit_xor;
      return truths && bitwise ? Value(result->as_integer() != 0) : std::move(result);
    }
  return of_integers(evaluator, op, integer_of(left), integer_of(right), offset);
}

std::optional<Value> arithmetic(Evaluator& evaluator, Op op, const Value& value, uint32_t offset) {
  if (value.is_number()) {
    if (op == Op::invert) return std::nullopt;
    return op == Op::minus ? -value.as_number() : value.as_number();
  }
  if (op == Op::invert) return arithmetic(evaluator, Op::subtract, Value(-1), value, offset);
  return arithmetic(evaluator, op == Op::minus ? Op::subtract : Op::add, Value(0), value, offset);
}

Value rounded(Evaluator& evaluator, const Value& number, int64_t digits, uint32_t offset) {
  if (!number.is_number()) return rounded_integer(evaluator, integer_of(number), digits, offset);
  const double value = number.as_number();
  if (!std::isfinite(value) || digits > 300) return value;
  if (digits < -308) return std::copysign(0.0, value);  // the unit is above the largest double
  if (digits < 0) {
    const double unit = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(value / unit) * unit;
  }
  const std::string text = fmt::format("{:.{}f}", value, digits);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

}  // namespace millrace::py
