#include "millrace/data/row_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "millrace/data/samplers/aspect_ratio_batch_sampler.h"
#include "millrace/data/samplers/consecutive_batches.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/samplers/infinite_sampler.h"
#include "tests/data/described_dataset.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

struct Cut {
  int64_t batch_size = 1;
  bool drop_last = false;
  std::optional<int64_t> limit{};
};

template <class T>
RowOrder rows_of(const Dataset& data, typename T::Options options, Cut cut, int rank = 0, int world_size = 1) {
  const SamplerArgs args{data, data.size(), rank, world_size, 0};
  return RowOrder(std::make_shared<T>(args, options),
                  std::make_shared<ConsecutiveBatches>(cut.batch_size, cut.drop_last), args, cut.limit);
}

template <class T>
RowOrder by_shape(const Dataset& data, int64_t batch_size, std::optional<int64_t> limit = {}, int rank = 0,
                  int world_size = 1) {
  const SamplerArgs args{data, data.size(), rank, world_size, 0};
  return RowOrder(
      std::make_shared<T>(args),
      std::make_shared<AspectRatioBatchSampler>(BatchSamplerArgs{batch_size}, AspectRatioBatchSampler::Options{}), args,
      limit);
}

std::vector<int64_t> indices_of(RowOrder& order, int64_t pass, int64_t batch) {
  std::vector<Row> rows;
  order.read(pass, batch, rows);
  std::vector<int64_t> indices;
  for (const Row& row : rows) indices.push_back(row.index);
  return indices;
}

TEST(RowOrder, CutsAPassIntoBatches) {
  const DescribedDataset data(10), empty(0);
  RowOrder order = rows_of<DefaultSampler>(data, {.shuffle = false}, {.batch_size = 4});
  EXPECT_EQ(order.length(), 3);
  EXPECT_THAT(indices_of(order, 0, 2), ElementsAre(8, 9));
  EXPECT_THAT(indices_of(order, 0, 0), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = 4, .drop_last = true}).length(), 2);
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = 4, .limit = 1}).length(), 1);
  EXPECT_EQ(rows_of<DefaultSampler>(empty, {}, {.batch_size = 4}).length(), 0);
}

TEST(RowOrder, KnowsTheRowsOfTheLastBatchWhereItIsTheSameInEveryPass) {
  const DescribedDataset data(9), full(8), empty(0);
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = 4}).last_batch_rows(), 1);
  EXPECT_EQ(rows_of<DefaultSampler>(full, {}, {.batch_size = 4}).last_batch_rows(), 4);
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = 4}, 1, 2).last_batch_rows(), 1);
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = 4, .drop_last = true}).last_batch_rows(), 4);
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = 4, .limit = 2}).last_batch_rows(), -1);
  EXPECT_EQ(rows_of<DefaultSampler>(empty, {}, {.batch_size = 4}).last_batch_rows(), -1);
  EXPECT_EQ(rows_of<InfiniteSampler>(data, {}, {.batch_size = 4}).last_batch_rows(), -1);
  EXPECT_EQ(by_shape<DefaultSampler>(data, 4).last_batch_rows(), -1);
}

TEST(RowOrder, PutsAllRowsIntoOneBatchHoweverLargeItMayBe) {
  const DescribedDataset data(3);
  RowOrder order = rows_of<DefaultSampler>(data, {.shuffle = false}, {.batch_size = INT64_MAX});
  EXPECT_EQ(order.length(), 1);
  EXPECT_THAT(indices_of(order, 0, 0), ElementsAre(0, 1, 2));
  EXPECT_EQ(rows_of<DefaultSampler>(data, {}, {.batch_size = INT64_MAX, .drop_last = true}).length(), 0);
}

TEST(RowOrder, RunsAnEndlessStreamFromOnePassIntoTheNext) {
  const DescribedDataset data(10);
  RowOrder order = rows_of<InfiniteSampler>(data, {}, {.batch_size = 4});
  EXPECT_EQ(order.length(), 3);
  EXPECT_THAT(indices_of(order, 0, 2), ElementsAre(6, 2, 3, 9));
  EXPECT_THAT(indices_of(order, 1, 0), ElementsAre(4, 2, 7, 8));
  EXPECT_THAT(indices_of(order, 0, 2), ElementsAre(6, 2, 3, 9));
}

TEST(RowOrder, FillsABatchThatIsLargerThanAnEndlessPass) {
  const DescribedDataset data(3);
  RowOrder order = rows_of<InfiniteSampler>(data, {.shuffle = false}, {.batch_size = 7});
  EXPECT_EQ(order.length(), 1);
  EXPECT_THAT(indices_of(order, 0, 0), ElementsAre(0, 1, 2, 0, 1, 2, 0));
  EXPECT_THAT(indices_of(order, 1, 0), ElementsAre(1, 2, 0, 1, 2, 0, 1));
}

TEST(RowOrder, GivesEveryRowOfARunAnOrdinalOfItsOwn) {
  for (const int64_t size : {7, 8}) {
    const DescribedDataset data(size);
    std::set<uint64_t> ordinals;
    size_t rows_seen = 0;
    std::vector<Row> rows;
    for (int rank = 0; rank < 3; ++rank) {
      RowOrder order = rows_of<DefaultSampler>(data, {.round_up = false}, {.batch_size = 2}, rank, 3);
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

TEST(RowOrder, CutsByABatchSampler) {
  const DescribedDataset data = ten_images();
  RowOrder order = by_shape<DefaultSampler>(data, 3);
  EXPECT_EQ(order.length(), 4);
  EXPECT_THAT(indices_of(order, 0, 1), ElementsAre(4, 3, 0));
  EXPECT_THAT(indices_of(order, 1, 3), ElementsAre(4));
  EXPECT_THAT(indices_of(order, 0, 3), ElementsAre(8));
  EXPECT_EQ(by_shape<DefaultSampler>(data, 3, 2).length(), 2);
}

// mmdet 3.3's batches of InfiniteSampler's order 4 1 7 5 3 9 0 8 6 2 | 3 9 4 2 7 8 6 0 5 1 | …
TEST(RowOrder, CarriesRowsOfABatchSamplerThatAreLeftOverIntoTheNextPassOfAnEndlessSampler) {
  const DescribedDataset data = ten_images();
  const std::vector<std::vector<int64_t>> mmdet = {{1, 7, 5}, {4, 3, 0}, {9, 6, 2}, {8, 3, 4}, {9, 2, 7}, {6, 5, 1}};
  for (const std::optional<int64_t> limit : {std::optional<int64_t>(), std::optional<int64_t>(2)}) {
    const int64_t length = limit.value_or(4);  // batches of a pass
    for (int64_t first = 0; first < 6; ++first) {
      RowOrder order = by_shape<InfiniteSampler>(data, 3, limit);
      EXPECT_EQ(order.length(), length);
      for (int64_t number = first; number < 6; ++number)
        EXPECT_EQ(indices_of(order, number / length, number % length), mmdet[static_cast<size_t>(number)]);
    }
  }
}

TEST(RowOrder, KeepsOrdinalAndPaddingOfARowWhereverABatchSamplerPutsIt) {
  const DescribedDataset data = ten_images();
  for (int rank = 0; rank < 4; ++rank) {
    std::map<uint64_t, Row> plain, cut;
    std::vector<Row> rows;
    const auto gather = [&](RowOrder order, std::map<uint64_t, Row>& into) {
      for (int64_t pass = 0; pass < 2; ++pass)
        for (int64_t batch = 0; batch < order.length(); ++batch) {
          order.read(pass, batch, rows);
          for (const Row& row : rows) EXPECT_TRUE(into.emplace(row.ordinal, row).second);
        }
    };
    gather(rows_of<DefaultSampler>(data, {}, {.batch_size = 2}, rank, 4), plain);
    gather(by_shape<DefaultSampler>(data, 2, {}, rank, 4), cut);
    ASSERT_EQ(cut.size(), plain.size());
    for (const auto& [ordinal, row] : plain) {
      EXPECT_EQ(cut.at(ordinal).index, row.index);
      EXPECT_EQ(cut.at(ordinal).position, row.position);
    }
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

/// One batch of two rows.
class BrokenBatchSampler final : public BatchSampler {
 public:
  explicit BrokenBatchSampler(BatchCut cut) : cut_(std::move(cut)) {}
  int64_t length(int64_t) const override { return 1; }
  BatchCut cut(std::span<const int64_t>, const Dataset&, Rest) const override { return cut_; }

 private:
  BatchCut cut_;
};

TEST(RowOrder, RefusesWhatASamplerMustNotGive) {
  const auto read = [](std::vector<int64_t> order, BatchCut cut) {
    const DescribedDataset data(5);
    RowOrder rows(std::make_shared<BrokenSampler>(std::move(order)), std::make_shared<BrokenBatchSampler>(cut),
                  {data, 5, 0, 1, 0}, {});
    std::vector<Row> out;
    rows.read(0, 0, out);
  };
  const BatchCut right{{0, 1}, {2}};
  EXPECT_THAT(
      [&] {
        read({0, 5}, right);
      },
      ThrowsMessage<Error>("BrokenSampler gave the index 5; the dataset has 5 samples"));
  EXPECT_THAT(
      [&] {
        read({0, 1, 2}, right);
      },
      ThrowsMessage<Error>("BrokenSampler gave 3 rows for pass 0; its length is 2"));
  EXPECT_THAT(
      [&] {
        read({0, 1}, {{0, 2}, {2}});
      },
      ThrowsMessage<Error>("BrokenBatchSampler put the row 2 into a batch; the pass has 2 rows"));
  for (const std::vector<int64_t>& ends : {std::vector<int64_t>{3}, {2, 1}})
    EXPECT_THAT(
        [&] {
          read({0, 1}, {{0, 1}, ends});
        },
        ThrowsMessage<Error>("BrokenBatchSampler made batches that do not lie one after the other in its 2 places"));
  EXPECT_THAT(
      [&] {
        read({0, 1}, {{0, 1}, {1, 2}});
      },
      ThrowsMessage<Error>("BrokenBatchSampler made 2 batches of pass 0; its length is 1"));
}

}  // namespace
}  // namespace millrace
