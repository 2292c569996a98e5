#include "millrace/tensor/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace millrace {
namespace {

std::vector<uint32_t> first_bits(Rng rng, int count = 8) {
  std::vector<uint32_t> bits;
  for (int i = 0; i < count; ++i) bits.push_back(rng.bits());
  return bits;
}

// kat_vectors of Random123 (Salmon et al. 2011): philox4x32 of ten rounds.
TEST(Rng, PhiloxGivesThePublishedVectors) {
  EXPECT_EQ(Rng::philox({0, 0, 0, 0}, {0, 0}), (Rng::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(Rng::philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Rng::Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Rng::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Rng::Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, IsAFunctionOfItsKey) { EXPECT_EQ(first_bits(Rng(3, Mode::train, 17)), first_bits(Rng(3, Mode::train, 17))); }

TEST(Rng, DiffersInSeedStreamOrdinalAndPath) {
  const Rng base(3, Mode::train, 17);
  std::set<std::vector<uint32_t>> streams;
  streams.insert(first_bits(base));
  streams.insert(first_bits(Rng(4, Mode::train, 17)));
  streams.insert(first_bits(Rng(3, Mode::val, 17)));
  streams.insert(first_bits(Rng(3, Mode::test, 17)));
  streams.insert(first_bits(Rng(3, Mode::train, 18)));
  streams.insert(first_bits(Rng(3, Mode::train, uint64_t{17} << 32)));
  streams.insert(first_bits(base.at(0)));
  streams.insert(first_bits(base.at(1)));
  streams.insert(first_bits(base.at(0).at(1)));
  streams.insert(first_bits(base.at(1).at(0)));
  EXPECT_EQ(streams.size(), 10);
}

TEST(Rng, AChildDoesNotDependOnWhatItsParentDrew) {
  Rng parent(1, Mode::train, 5);
  const auto before = first_bits(parent.at(2));
  parent.uniform();
  EXPECT_EQ(first_bits(parent.at(2)), before);
}

TEST(Rng, UniformHasTheMomentsOfItsDistribution) {
  Rng rng(0, Mode::train, 0);
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);  // 5 standard errors
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.005);
}

TEST(Rng, NormalHasTheMomentsOfItsDistribution) {
  Rng rng(0, Mode::train, 0);
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.016);
  EXPECT_NEAR(squares / kDraws, 1, 0.023);
}

TEST(Rng, IntegersOfASmallRangeAreEquallyLikely) {
  Rng rng(9, Mode::train, 0);
  std::vector<int> counts(5);
  for (int i = 0; i < 50000; ++i) ++counts[static_cast<size_t>(rng.integer(-2, 2) + 2)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 450);
}

TEST(Rng, IntegersReachBothEndsOfAnyRange) {
  Rng rng(9, Mode::train, 0);
  EXPECT_EQ(rng.integer(7, 7), 7);
  bool is_negative = false, is_positive = false;
  for (int i = 0; i < 64; ++i) {
    const int64_t value = rng.integer(INT64_MIN, INT64_MAX);
    is_negative |= value < 0;
    is_positive |= value > 0;
  }
  EXPECT_TRUE(is_negative && is_positive);
}

// scipy.stats.beta.cdf
TEST(Rng, DrawsTheBetaDistribution) {
  struct Case {
    double a, b, at, below;
  };
  for (const auto& [a, b, at, below] : {Case{0.2, 0.2, 0.1, 0.33668977843}, Case{0.2, 0.2, 0.9, 0.66331022157},
                                        Case{1, 1, 0.1, 0.1}, Case{2, 5, 0.1, 0.114265}, Case{2, 5, 0.5, 0.890625},
                                        Case{0.01, 0.01, 0.1, 0.4892025}, Case{0.01, 0.01, 0.9, 0.5107975}}) {
    constexpr int kDraws = 20'000;
    int seen = 0;
    Rng rng(7, Mode::train, 0);
    for (int i = 0; i < kDraws; ++i) {
      const double draw = rng.beta(a, b);
      ASSERT_TRUE(draw >= 0 && draw <= 1);
      seen += draw < at;
    }
    EXPECT_NEAR(seen / double{kDraws}, below, 4 * std::sqrt(below * (1 - below) / kDraws)) << a << " " << b;
  }
}

}  // namespace
}  // namespace millrace
