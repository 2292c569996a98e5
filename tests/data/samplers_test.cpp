#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/row_order.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/samplers/infinite_sampler.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;
using Orders = std::vector<std::vector<int64_t>>;

template <class T> Orders of_all_ranks(int64_t size, int world_size, typename T::Options options, int64_t pass = 0) {
  Orders orders;
  for (int rank = 0; rank < world_size; ++rank) orders.push_back(T({size, rank, world_size, 0}, options).order(pass));
  return orders;
}

// The orders are MMEngine's, as PARITY.md 33.2 has them, and torch.randperm's.
TEST(DefaultSampler, DealsSamplesToRanks) {
  EXPECT_EQ(of_all_ranks<DefaultSampler>(10, 4, {.shuffle = false}), (Orders{{0, 4, 8}, {1, 5, 9}, {2, 6, 0}, {3, 7, 1}}));
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
    return DefaultSampler({size, rank, world_size, 0}, {.shuffle = false}).padding();
  };
  EXPECT_EQ(padding(10, 0, 4), 0);
  EXPECT_EQ(padding(10, 1, 4), 0);
  EXPECT_EQ(padding(10, 2, 4), 1);
  EXPECT_EQ(padding(10, 3, 4), 1);
  EXPECT_EQ(padding(3, 7, 8), 1);
  EXPECT_EQ(padding(0, 0, 1), 0);
}

std::vector<int64_t> stream_of(const InfiniteSampler::Options& options, const SamplerArgs& args, int64_t passes) {
  InfiniteSampler sampler(args, options);
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
  InfiniteSampler sampler({10, 0, 1, 0}, {});
  EXPECT_THAT(sampler.order(3), ElementsAre(9, 7, 2, 4, 3, 8, 6, 5, 0, 1));
  EXPECT_THAT(sampler.order(1), ElementsAre(3, 9, 4, 2, 7, 8, 6, 0, 5, 1));
  EXPECT_THAT(sampler.order(4), ElementsAre(2, 9, 1, 7, 6, 8, 4, 5, 0, 3));
}

template <class T> RowOrder rows_of(SamplerArgs args, typename T::Options options, RowOrder::Batching batching) {
  return RowOrder(std::make_shared<T>(args, options), args, batching);
}

std::vector<int64_t> indices_of(RowOrder& order, int64_t pass, int64_t batch) {
  std::vector<Row> rows;
  order.read(pass, batch, rows);
  std::vector<int64_t> indices;
  for (const Row& row : rows) indices.push_back(row.index);
  return indices;
}

TEST(RowOrder, CutsAPassIntoBatches) {
  RowOrder order = rows_of<DefaultSampler>({10, 0, 1, 0}, {.shuffle = false}, {.batch_size = 4});
  EXPECT_EQ(order.length(), 3);
  EXPECT_THAT(indices_of(order, 0, 2), ElementsAre(8, 9));
  EXPECT_EQ(rows_of<DefaultSampler>({10, 0, 1, 0}, {}, {.batch_size = 4, .drop_last = true}).length(), 2);
  EXPECT_EQ(rows_of<DefaultSampler>({10, 0, 1, 0}, {}, {.batch_size = 4, .limit = 1}).length(), 1);
  EXPECT_EQ(rows_of<DefaultSampler>({0, 0, 1, 0}, {}, {.batch_size = 4}).length(), 0);
}

TEST(RowOrder, RunsAnEndlessStreamFromOnePassIntoTheNext) {
  RowOrder order = rows_of<InfiniteSampler>({10, 0, 1, 0}, {}, {.batch_size = 4});
  EXPECT_EQ(order.length(), 3);
  EXPECT_THAT(indices_of(order, 0, 2), ElementsAre(6, 2, 3, 9));
  EXPECT_THAT(indices_of(order, 1, 0), ElementsAre(4, 2, 7, 8));
}

TEST(RowOrder, GivesEveryRowOfARunAnOrdinalOfItsOwn) {
  for (const int64_t size : {7, 8}) {
    std::set<uint64_t> ordinals;
    size_t rows_seen = 0;
    std::vector<Row> rows;
    for (int rank = 0; rank < 3; ++rank) {
      RowOrder order = rows_of<DefaultSampler>({size, rank, 3, 0}, {.round_up = false}, {.batch_size = 2});
      for (int64_t pass = 0; pass < 3; ++pass)
        for (int64_t batch = 0; batch < order.length(); ++batch) {
          order.read(pass, batch, rows);
          for (const Row& row : rows) ordinals.insert(row.ordinal);
          rows_seen += rows.size();
        }
    }
    EXPECT_EQ(ordinals.size(), rows_seen);
    EXPECT_EQ(rows_seen, 3 * size);
  }
}

class BrokenSampler final : public Sampler {
 public:
  explicit BrokenSampler(std::vector<int64_t> order) : order_(std::move(order)) {}
  int64_t length() const override { return 2; }
  std::vector<int64_t> order(int64_t) override { return order_; }

 private:
  std::vector<int64_t> order_;
};

TEST(RowOrder, RefusesWhatASamplerMustNotGive) {
  const auto read = [](std::vector<int64_t> order) {
    RowOrder rows(std::make_shared<BrokenSampler>(std::move(order)), {5, 0, 1, 0}, {.batch_size = 2});
    std::vector<Row> out;
    rows.read(0, 0, out);
  };
  EXPECT_THAT([&] { read({0, 5}); }, ThrowsMessage<Error>("BrokenSampler gave the index 5; the dataset has 5 samples"));
  EXPECT_THAT([&] { read({0, 1, 2}); }, ThrowsMessage<Error>("BrokenSampler gave 3 rows for pass 0; its length is 2"));
}

}  // namespace
}  // namespace millrace
