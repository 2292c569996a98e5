#include "millrace/tensor/rng.h"

#include <cmath>
#include <numbers>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the input moves every bit of the output.
uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// The key one step down a path. Multiplying by an odd constant keeps the children of one key apart.
uint64_t child_key(uint64_t key, uint64_t index) { return mixed(key + (index + 1) * 0x9E3779B97F4A7C15); }

constexpr uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }
constexpr uint32_t high(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

}  // namespace

Rng::Block Rng::philox(Block counter, BlockKey key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

Rng::Rng(uint64_t seed, Mode mode, uint64_t ordinal)
    : Rng(child_key(mixed(seed), static_cast<uint64_t>(mode)), ordinal) {}

Rng Rng::at(uint32_t index) const { return Rng(child_key(key_, index), ordinal_); }

uint32_t Rng::bits() {
  if (used_ == 4) {
    block_ = philox({low(counter_), high(counter_), low(ordinal_), high(ordinal_)}, {low(key_), high(key_)});
    ++counter_;
    used_ = 0;
  }
  return block_[static_cast<size_t>(used_++)];
}

double Rng::uniform() {
  const uint64_t upper = bits();
  const uint64_t all = upper << 32 | bits();
  return static_cast<double>(all >> 11) * 0x1p-53;
}

double Rng::uniform(double low, double high) { return low + (high - low) * uniform(); }

int64_t Rng::integer(int64_t low, int64_t high) {
  MILLRACE_ASSERT(low <= high, "a range of integers that is empty");
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;  // 0: all of them
  const auto draw = [&] {
    const uint64_t upper = bits();
    return upper << 32 | bits();
  };
  if (range == 0) return static_cast<int64_t>(draw());
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(draw()) * range;
  if (static_cast<uint64_t>(product) < range) {
    const uint64_t threshold = (0 - range) % range;
    while (static_cast<uint64_t>(product) < threshold) product = static_cast<Wide>(draw()) * range;
  }
  return static_cast<int64_t>(static_cast<uint64_t>(low) + static_cast<uint64_t>(product >> 64));
}

double Rng::normal() {
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

namespace {

/// The logarithm of a draw from Gamma(a, 1).
double log_gamma_draw(double a, Rng& rng) {
  if (a < 1) return log_gamma_draw(a + 1, rng) + std::log1p(-rng.uniform()) / a;
  const double d = a - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = rng.normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double log_v = 3 * std::log(root);
    if (std::log1p(-rng.uniform()) < 0.5 * x * x + d - d * std::exp(log_v) + d * log_v) return std::log(d) + log_v;
  }
}

}  // namespace

double Rng::beta(double a, double b) {
  const double x = log_gamma_draw(a, *this);
  const double y = log_gamma_draw(b, *this);
  return 1 / (1 + std::exp(y - x));
}

}  // namespace millrace
