#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// An integer of any size, with the arithmetic of Python's int.
///
///     *BigInteger::parse("99999999999999999999") + BigInteger(1)   // 100000000000000000000
///
/// Held as digits of base 10^9, since a config reads and writes decimals far more often than it multiplies. Products
/// and quotients take the time of long multiplication and division. Refuse a number of an input if it `is_too_long()`,
/// so that neither time nor memory grows without bound.
class BigInteger {
 public:
  /// As many decimal digits as Python reads and writes (sys.get_int_max_str_digits()).
  static constexpr size_t kMostDigits = 4300;

  explicit BigInteger(int64_t value = 0);
  /// Digits of `base` (2 to 36; letters of either case), with or without a sign; nullopt if `text` is anything else.
  /// Unless the base is 10, the time grows with the square of the length, so read_integer() checks the length first.
  static std::optional<BigInteger> parse(std::string_view text, int base = 10);
  /// A finite double without a fraction, exactly.
  static BigInteger from_double(double whole);

  bool is_negative() const { return negative_; }
  bool is_zero() const { return limbs_.empty(); }
  bool is_odd() const { return !limbs_.empty() && limbs_[0] % 2 == 1; }
  /// The number of decimal digits, without the sign.
  size_t digits() const;
  bool is_too_long() const { return digits() > kMostDigits; }
  /// nullopt if it needs more than 64 bits.
  std::optional<int64_t> as_int64() const;
  /// The nearest double; infinity beyond the largest one.
  double to_double() const;
  /// "-ff" in base 16.
  std::string str(int base = 10) const;

  BigInteger operator-() const;
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator-(const BigInteger& a, const BigInteger& b) { return a + -b; }
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b);
  friend bool operator==(const BigInteger& a, const BigInteger& b) = default;
  friend std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b);

  struct Division;
  /// Rounds the quotient down, so that the remainder has the sign of `b`, as Python's // and %. `b` is not 0.
  static Division divide(const BigInteger& a, const BigInteger& b);
  /// a / b rounded once, as Python's /; infinity if that is too large. `b` is not 0.
  static double true_divide(const BigInteger& a, const BigInteger& b);
  /// base^exponent; nullopt if that is_too_long(). `exponent` is not negative.
  static std::optional<BigInteger> power(const BigInteger& base, const BigInteger& exponent);

  enum class Bitwise { bit_and, bit_or, bit_xor };
  /// In two's complement with as many bits as needed, as in Python.
  static BigInteger bitwise(Bitwise operation, const BigInteger& a, const BigInteger& b);

 private:
  using Limbs = std::vector<uint32_t>;  // the least significant first, without zeros at the end

  BigInteger(bool negative, Limbs limbs);
  static std::strong_ordering compare_sizes(const Limbs& a, const Limbs& b);
  static Limbs add_sizes(const Limbs& a, const Limbs& b);
  static Limbs subtract_sizes(const Limbs& a, const Limbs& b);  // a >= b
  /// The quotient; `rest` becomes the remainder.
  static Limbs divide_sizes(Limbs& rest, const Limbs& by);
  static BigInteger from_bits(const std::vector<uint32_t>& words);
  std::vector<uint32_t> bits(size_t words) const;

  bool negative_ = false;
  Limbs limbs_;
};

struct BigInteger::Division {
  BigInteger quotient, remainder;
};

/// Reads an integer as BigInteger::parse() does; nullopt if `text` is not one. Throws Error at `place` if it has more
/// than kMostDigits digits.
std::optional<Value> read_integer(std::string_view text, int base, const Place& place);

}  // namespace millrace
