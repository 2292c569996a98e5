#include "millrace/data/samplers/infinite_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/described_dataset.h"

namespace millrace {
namespace {

using testing::ElementsAre;

struct Place {
  int64_t size = 10;
  int rank = 0;
  int world_size = 1;
  uint64_t seed = 0;
};

std::vector<int64_t> stream_of(const InfiniteSampler::Options& options, const Place& at, int64_t passes) {
  const DescribedDataset data(at.size);
  InfiniteSampler sampler({data, at.size, at.rank, at.world_size, at.seed}, options);
  std::vector<int64_t> stream;
  for (int64_t pass = 0; pass < passes; ++pass)
    for (const int64_t index : sampler.order(pass)) stream.push_back(index);
  return stream;
}

TEST(InfiniteSampler, DealsOneStreamToRanks) {
  const auto first_eight = [](int rank) {
    auto stream = stream_of({.shuffle = false}, {10, rank, 4, 0}, 1);
    stream.resize(8);
    return stream;
  };
  EXPECT_THAT(first_eight(0), ElementsAre(0, 4, 8, 2, 6, 0, 4, 8));
  EXPECT_THAT(first_eight(1), ElementsAre(1, 5, 9, 3, 7, 1, 5, 9));
  EXPECT_THAT(first_eight(2), ElementsAre(2, 6, 0, 4, 8, 2, 6, 0));
  EXPECT_THAT(first_eight(3), ElementsAre(3, 7, 1, 5, 9, 3, 7, 1));
}

TEST(InfiniteSampler, GoesOnWithOneGenerator) {
  EXPECT_THAT(stream_of({}, {10, 0, 1, 0}, 2), ElementsAre(4, 1, 7, 5, 3, 9, 0, 8, 6, 2, 3, 9, 4, 2, 7, 8, 6, 0, 5, 1));
  EXPECT_THAT(stream_of({}, {3, 0, 2, 1}, 3), ElementsAre(1, 0, 1, 1, 0, 0, 2, 0, 0));
  EXPECT_THAT(stream_of({}, {3, 1, 2, 1}, 3), ElementsAre(2, 0, 2, 2, 2, 1, 1, 2, 1));
}

TEST(InfiniteSampler, GivesAnyPassInAnyOrder) {
  const DescribedDataset data(10);
  InfiniteSampler sampler({data, 10, 0, 1, 0}, {});
  EXPECT_THAT(sampler.order(3), ElementsAre(9, 7, 2, 4, 3, 8, 6, 5, 0, 1));
  EXPECT_THAT(sampler.order(1), ElementsAre(3, 9, 4, 2, 7, 8, 6, 0, 5, 1));
  EXPECT_THAT(sampler.order(4), ElementsAre(2, 9, 1, 7, 6, 8, 4, 5, 0, 3));
}

}  // namespace
}  // namespace millrace
