#include "millrace/config/big_integer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "millrace/base/error.h"

namespace millrace {
namespace {

constexpr uint64_t kUnit = 1'000'000'000;
constexpr size_t kUnitDigits = 9;
constexpr uint64_t kWord = uint64_t{1} << 32;

void drop_zeros(std::vector<uint32_t>& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

/// limbs * factor + addend.
void multiply_add(std::vector<uint32_t>& limbs, uint64_t factor, uint64_t addend) {
  uint64_t carry = addend;
  for (uint32_t& limb : limbs) {
    carry += limb * factor;
    limb = static_cast<uint32_t>(carry % kUnit);
    carry /= kUnit;
  }
  for (; carry > 0; carry /= kUnit) limbs.push_back(static_cast<uint32_t>(carry % kUnit));
}

/// limbs / divisor; returns the remainder. `divisor` is at most 2^32.
uint64_t divide_by(std::vector<uint32_t>& limbs, uint64_t divisor) {
  uint64_t rest = 0;
  for (size_t i = limbs.size(); i-- > 0;) {
    const uint64_t part = rest * kUnit + limbs[i];
    limbs[i] = static_cast<uint32_t>(part / divisor);
    rest = part % divisor;
  }
  drop_zeros(limbs);
  return rest;
}

/// As many digits of `base` as a limb has room for.
struct Chunk {
  size_t digits = 0;
  uint64_t unit = 1;  // base^digits

  explicit Chunk(int base) {
    for (; unit * static_cast<uint64_t>(base) <= kUnit; ++digits) unit *= static_cast<uint64_t>(base);
  }
};

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 32);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

}  // namespace

BigInteger::BigInteger(int64_t value) : negative_(value < 0) {
  uint64_t size = value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  for (; size > 0; size /= kUnit) limbs_.push_back(static_cast<uint32_t>(size % kUnit));
}

BigInteger::BigInteger(bool negative, Limbs limbs) : limbs_(std::move(limbs)) {
  drop_zeros(limbs_);
  negative_ = negative && !limbs_.empty();
}

std::optional<BigInteger> BigInteger::parse(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), [&](char c) { return digit_of(c) < base; }))
    return std::nullopt;
  Limbs limbs;
  if (base == 10) {
    for (; !text.empty(); text.remove_suffix(std::min(text.size(), kUnitDigits))) {
      uint32_t limb = 0;
      for (char c : text.substr(text.size() - std::min(text.size(), kUnitDigits)))
        limb = limb * 10 + static_cast<uint32_t>(c - '0');
      limbs.push_back(limb);
    }
  } else {
    const Chunk chunk(base);
    for (size_t first = text.size() % chunk.digits; !text.empty(); first = chunk.digits) {
      uint64_t part = 0;
      for (char c : text.substr(0, first))
        part = part * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit_of(c));
      multiply_add(limbs, chunk.unit, part);
      text.remove_prefix(first);
    }
  }
  return BigInteger(negative, std::move(limbs));
}

BigInteger BigInteger::from_double(double whole) { return *parse(fmt::format("{:.0f}", whole)); }

size_t BigInteger::digits() const {
  if (limbs_.empty()) return 1;
  return (limbs_.size() - 1) * kUnitDigits + fmt::formatted_size("{}", limbs_.back());
}

std::optional<int64_t> BigInteger::as_int64() const {
  if (digits() > 19) return std::nullopt;
  const std::string text = str();
  int64_t value = 0;
  const auto code = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  return code == std::errc() ? std::optional(value) : std::nullopt;
}

double BigInteger::to_double() const {
  const std::string text = str();
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc::result_out_of_range)
    return negative_ ? -HUGE_VAL : HUGE_VAL;
  return value;
}

std::string BigInteger::str(int base) const {
  if (limbs_.empty()) return "0";
  std::string out;
  if (base == 10) {
    out = fmt::format("{}{}", negative_ ? "-" : "", limbs_.back());
    for (size_t i = limbs_.size() - 1; i-- > 0;) out += fmt::format("{:09}", limbs_[i]);
    return out;
  }
  const Chunk chunk(base);
  for (Limbs rest = limbs_; !rest.empty();) {
    uint64_t part = divide_by(rest, chunk.unit);
    for (size_t i = 0; i < chunk.digits && (part > 0 || !rest.empty()); ++i, part /= static_cast<uint64_t>(base))
      out += "0123456789abcdefghijklmnopqrstuvwxyz"[part % static_cast<uint64_t>(base)];
  }
  if (negative_) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

std::strong_ordering BigInteger::compare_sizes(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return std::lexicographical_compare_three_way(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b) {
  if (a.negative_ != b.negative_) return b.negative_ <=> a.negative_;
  return a.negative_ ? BigInteger::compare_sizes(b.limbs_, a.limbs_) : BigInteger::compare_sizes(a.limbs_, b.limbs_);
}

BigInteger::Limbs BigInteger::add_sizes(const Limbs& a, const Limbs& b) {
  Limbs out = a.size() < b.size() ? b : a;
  const Limbs& other = a.size() < b.size() ? a : b;
  uint64_t carry = 0;
  for (size_t i = 0; i < out.size() && (i < other.size() || carry > 0); ++i) {
    carry += uint64_t{out[i]} + (i < other.size() ? other[i] : 0);
    out[i] = static_cast<uint32_t>(carry % kUnit);
    carry /= kUnit;
  }
  if (carry > 0) out.push_back(static_cast<uint32_t>(carry));
  return out;
}

BigInteger::Limbs BigInteger::subtract_sizes(const Limbs& a, const Limbs& b) {
  Limbs out = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < out.size() && (i < b.size() || borrow > 0); ++i) {
    int64_t limb = int64_t{out[i]} - borrow - (i < b.size() ? int64_t{b[i]} : 0);
    borrow = limb < 0;
    if (limb < 0) limb += static_cast<int64_t>(kUnit);
    out[i] = static_cast<uint32_t>(limb);
  }
  drop_zeros(out);
  return out;
}

BigInteger BigInteger::operator-() const { return BigInteger(!negative_, limbs_); }

BigInteger operator+(const BigInteger& a, const BigInteger& b) {
  if (a.negative_ == b.negative_) return BigInteger(a.negative_, BigInteger::add_sizes(a.limbs_, b.limbs_));
  if (BigInteger::compare_sizes(a.limbs_, b.limbs_) < 0)
    return BigInteger(b.negative_, BigInteger::subtract_sizes(b.limbs_, a.limbs_));
  return BigInteger(a.negative_, BigInteger::subtract_sizes(a.limbs_, b.limbs_));
}

BigInteger operator*(const BigInteger& a, const BigInteger& b) {
  BigInteger::Limbs out(a.limbs_.size() + b.limbs_.size(), 0);
  for (size_t i = 0; i < a.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t k = 0; k < b.limbs_.size() || carry > 0; ++k) {
      carry += out[i + k] + (k < b.limbs_.size() ? uint64_t{a.limbs_[i]} * b.limbs_[k] : 0);
      out[i + k] = static_cast<uint32_t>(carry % kUnit);
      carry /= kUnit;
    }
  }
  return BigInteger(a.negative_ != b.negative_, std::move(out));
}

// Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D.
BigInteger::Limbs BigInteger::divide_sizes(Limbs& rest, const Limbs& by) {
  if (compare_sizes(rest, by) < 0) return {};
  if (by.size() == 1) {
    Limbs quotient = std::move(rest);
    rest.clear();
    multiply_add(rest, 1, divide_by(quotient, by[0]));
    return quotient;
  }
  const uint64_t scale = kUnit / (uint64_t{by.back()} + 1);  // makes the first limb of the divisor at least half a unit
  Limbs divisor = by;
  multiply_add(divisor, scale, 0);
  multiply_add(rest, scale, 0);
  const size_t n = divisor.size();
  rest.resize(std::max(rest.size(), n) + 1, 0);
  Limbs quotient(rest.size() - n, 0);
  for (size_t k = quotient.size(); k-- > 0;) {
    const uint64_t head = rest[k + n] * kUnit + rest[k + n - 1];
    uint64_t digit = head / divisor[n - 1], left = head % divisor[n - 1];
    while (digit >= kUnit || digit * divisor[n - 2] > left * kUnit + rest[k + n - 2]) {
      --digit;
      left += divisor[n - 1];
      if (left >= kUnit) break;
    }
    const auto add = [&](auto part_of) {
      int64_t carry = 0;
      for (size_t i = 0; i <= n; ++i) {
        int64_t limb = int64_t{rest[k + i]} + carry + part_of(i < n ? int64_t{divisor[i]} : 0);
        carry = limb / static_cast<int64_t>(kUnit);
        limb %= static_cast<int64_t>(kUnit);
        if (limb < 0) limb += static_cast<int64_t>(kUnit), --carry;
        rest[k + i] = static_cast<uint32_t>(limb);
      }
      return carry;
    };
    if (add([&](int64_t limb) { return -limb * static_cast<int64_t>(digit); }) < 0) {
      --digit;
      add([](int64_t limb) { return limb; });
    }
    quotient[k] = static_cast<uint32_t>(digit);
  }
  drop_zeros(rest);
  divide_by(rest, scale);
  drop_zeros(quotient);
  return quotient;
}

BigInteger::Division BigInteger::divide(const BigInteger& a, const BigInteger& b) {
  Limbs rest = a.limbs_;
  Limbs quotient = divide_sizes(rest, b.limbs_);
  const bool negative = a.negative_ != b.negative_;
  if (!negative || rest.empty()) return {BigInteger(negative, quotient), BigInteger(a.negative_, rest)};
  return {BigInteger(true, add_sizes(quotient, {1})), BigInteger(b.negative_, subtract_sizes(b.limbs_, rest))};
}

double BigInteger::true_divide(const BigInteger& a, const BigInteger& b) {
  // A quotient of more digits than lie between any two doubles and the middle of them (767), and one for all
  // that follow.
  constexpr size_t kExact = 800;
  const size_t missing = kExact + b.digits() - std::min(kExact + b.digits(), a.digits());
  Limbs rest = parse("1" + std::string(missing, '0'))->limbs_;
  rest = (BigInteger(false, a.limbs_) * BigInteger(false, std::move(rest))).limbs_;
  const BigInteger quotient(false, divide_sizes(rest, b.limbs_));
  const std::string text = quotient.str() + (rest.empty() ? "0" : "1") + "e-" + std::to_string(missing + 1);
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc::result_out_of_range)
    value = a.digits() < b.digits() ? 0.0 : HUGE_VAL;
  return a.negative_ != b.negative_ ? -value : value;
}

std::optional<BigInteger> BigInteger::power(const BigInteger& base, const BigInteger& exponent) {
  if (exponent.is_zero()) return BigInteger(1);
  if (base.digits() == 1 && (base.is_zero() || base.limbs_[0] == 1))
    return base.negative_ && !exponent.is_odd() ? -base : base;
  const auto times = exponent.as_int64();
  // 2^k has more than k / 4 digits, and a base of d digits to the k more than k (d - 1).
  const auto most = static_cast<int64_t>(4 * kMostDigits);
  if (!times || *times > most || *times * static_cast<int64_t>(base.digits() - 1) > most) return std::nullopt;
  BigInteger result(1), square = base;
  for (int64_t rest = *times; rest > 0;) {
    if (rest % 2 == 1) result = result * square;
    rest /= 2;
    if (rest > 0) square = square * square;
  }
  if (result.is_too_long()) return std::nullopt;
  return result;
}

std::vector<uint32_t> BigInteger::bits(size_t words) const {
  std::vector<uint32_t> out(words, 0);
  Limbs rest = negative_ ? (*this + BigInteger(1)).limbs_ : limbs_;
  for (size_t i = 0; i < words; ++i) out[i] = static_cast<uint32_t>(divide_by(rest, kWord));
  if (negative_)
    for (uint32_t& word : out) word = ~word;  // -x is ~(x - 1)
  return out;
}

BigInteger BigInteger::from_bits(const std::vector<uint32_t>& words) {
  const bool negative = !words.empty() && (words.back() >> 31) == 1;
  Limbs limbs;
  for (size_t i = words.size(); i-- > 0;) multiply_add(limbs, kWord, negative ? ~words[i] : words[i]);
  const BigInteger size(false, std::move(limbs));
  return negative ? -size - BigInteger(1) : size;
}

BigInteger BigInteger::bitwise(Bitwise operation, const BigInteger& a, const BigInteger& b) {
  const size_t words = std::max(a.limbs_.size(), b.limbs_.size()) + 1;  // a limb has fewer bits than a word
  std::vector<uint32_t> left = a.bits(words);
  const std::vector<uint32_t> right = b.bits(words);
  for (size_t i = 0; i < words; ++i) {
    if (operation == Bitwise::bit_and) left[i] &= right[i];
    else if (operation == Bitwise::bit_or) left[i] |= right[i];
    else left[i] ^= right[i];
  }
  return from_bits(left);
}

std::optional<Value> read_integer(std::string_view text, int base, const Place& place) {
  constexpr size_t kMostBits = 14'285;  // 2^14285 has 4301 digits
  const size_t first = std::min(text.find_first_not_of("+-0"), text.size());
  if (text.size() - first <= kMostBits) {
    const auto value = BigInteger::parse(text, base);
    if (!value) return std::nullopt;
    if (!value->is_too_long()) return Value::integer(*value);
  }
  throw Error(place, "the integer has more than 4300 digits");
}

}  // namespace millrace
