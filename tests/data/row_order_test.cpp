#include "millrace/data/row_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/samplers/infinite_sampler.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

template <class T>
RowOrder rows_of(SamplerArgs args, typename T::Options options, RowOrder::Batching batching) {
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

TEST(RowOrder, PutsAllRowsIntoOneBatchHoweverLargeItMayBe) {
  RowOrder order = rows_of<DefaultSampler>({3, 0, 1, 0}, {.shuffle = false}, {.batch_size = INT64_MAX});
  EXPECT_EQ(order.length(), 1);
  EXPECT_THAT(indices_of(order, 0, 0), ElementsAre(0, 1, 2));
  EXPECT_EQ(rows_of<DefaultSampler>({3, 0, 1, 0}, {}, {.batch_size = INT64_MAX, .drop_last = true}).length(), 0);
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
