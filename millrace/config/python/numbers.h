#pragma once

#include <optional>

#include "millrace/config/big_integer.h"
#include "millrace/config/python/evaluator.h"

namespace millrace::py {

// Arithmetic of the language: ints of any size, floats, and bools as ints. Results are Python's. An int of more than
// BigInteger::kMostDigits digits is refused, and big ones are charged to the budget.

inline bool is_int(const Value& value) { return value.is_integer() || value.is_bool() || value.is_big_integer(); }
inline bool is_numeric(const Value& value) { return is_int(value) || value.is_number(); }

/// The value of an int or a bool.
BigInteger integer_of(const Value& value);
/// The value of an int, a bool or a float; refuses an int above the largest double.
double float_of(const Evaluator& evaluator, const Value& value, uint32_t offset);

Value new_integer(Evaluator& evaluator, const BigInteger& value, uint32_t offset);
/// A float without a fraction as an int; refuses inf and nan as the result of `function`.
Value new_integer(Evaluator& evaluator, double whole, const char* function, uint32_t offset);

/// nullopt if `op` does not apply to these numbers: '|' does not take a float.
std::optional<Value> arithmetic(Evaluator& evaluator, Op op, const Value& left, const Value& right, uint32_t offset);
/// Of one number, by '+', '-' or '~'; nullopt for '~' of a float.
std::optional<Value> arithmetic(Evaluator& evaluator, Op op, const Value& value, uint32_t offset);

/// Rounds half to even, on exact decimals, to the given number of digits behind the point (before it, if negative).
Value rounded(Evaluator& evaluator, const Value& number, int64_t digits, uint32_t offset);

}  // namespace millrace::py
