#include "millrace/data/samplers/default_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/described_dataset.h"

namespace millrace {
namespace {

using Orders = std::vector<std::vector<int64_t>>;

template <class T>
Orders of_all_ranks(int64_t size, int world_size, typename T::Options options, int64_t pass = 0) {
  const DescribedDataset data(size);
  Orders orders;
  for (int rank = 0; rank < world_size; ++rank)
    orders.push_back(T({data, size, rank, world_size, 0}, options).order(pass));
  return orders;
}

// The orders are MMEngine's, as PARITY.md 33.2 has them, and torch.randperm's.
TEST(DefaultSampler, DealsSamplesToRanks) {
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 4, {.shuffle = false}),
            (Orders{{0, 4, 8}, {1, 5, 9}, {2, 6, 0}, {3, 7, 1}}));
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 4, {.shuffle = false, .round_up = false}),
            (Orders{{0, 4, 8}, {1, 5, 9}, {2, 6}, {3, 7}}));
}

TEST(DefaultSampler, ShufflesByTheSeedPlusThePass) {
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 1, {}), (Orders{{4, 1, 7, 5, 3, 9, 0, 8, 6, 2}}));
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 1, {}, 1), (Orders{{5, 6, 1, 2, 0, 8, 9, 3, 7, 4}}));
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 1, {.seed = 1}), (Orders{{5, 6, 1, 2, 0, 8, 9, 3, 7, 4}}));
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 4, {}), (Orders{{4, 3, 6}, {1, 9, 2}, {7, 0, 4}, {5, 8, 1}}));
}

TEST(DefaultSampler, ServesMoreRanksThanSamples) {
  EXPECT_EQ(of_all_ranks<DefaultSampler>(3, 8, {.shuffle = false}), (Orders{{0}, {1}, {2}, {0}, {1}, {2}, {0}, {1}}));
  EXPECT_EQ(of_all_ranks<DefaultSampler>(3, 8, {.shuffle = false, .round_up = false}),
            (Orders{{0}, {1}, {2}, {}, {}, {}, {}, {}}));
}

TEST(DefaultSampler, KnowsWhichRowsFillUp) {
  const auto padding = [](int64_t size, int rank, int world_size) {
    const DescribedDataset data(size);
    return DefaultSampler({data, size, rank, world_size, 0}, {.shuffle = false}).padding();
  };
  EXPECT_EQ(padding(10, 0, 4), 0);
  EXPECT_EQ(padding(10, 1, 4), 0);
  EXPECT_EQ(padding(10, 2, 4), 1);
  EXPECT_EQ(padding(10, 3, 4), 1);
  EXPECT_EQ(padding(3, 7, 8), 1);
  EXPECT_EQ(padding(0, 0, 1), 0);
}

}  // namespace
}  // namespace millrace
