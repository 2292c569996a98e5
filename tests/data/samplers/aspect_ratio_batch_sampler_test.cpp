#include "millrace/data/samplers/aspect_ratio_batch_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/described_dataset.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;
using Rest = BatchSampler::Rest;
using IndexBatches = std::vector<std::vector<int64_t>>;

IndexBatches batches_of(const AspectRatioBatchSampler& sampler, const std::vector<int64_t>& order, Rest rest,
                        const Dataset& data) {
  const BatchCut cut = sampler.cut(order, data, rest);
  IndexBatches batches;
  int64_t begin = 0;
  for (const int64_t end : cut.ends) {
    auto& batch = batches.emplace_back();
    for (; begin < end; ++begin) batch.push_back(order[static_cast<size_t>(cut.places[static_cast<size_t>(begin)])]);
  }
  return batches;
}

IndexBatches of_ten_images(int64_t batch_size, bool drop_last, const std::vector<int64_t>& order,
                           Rest rest = Rest::last_batches) {
  return batches_of(AspectRatioBatchSampler({batch_size}, {.drop_last = drop_last}), order, rest, ten_images());
}

// DefaultSampler's order with the seed 0; the batches are those of mmdet 3.3 for it.
const std::vector<int64_t> kOrder = {4, 1, 7, 5, 3, 9, 0, 8, 6, 2};

TEST(AspectRatioBatchSampler, PutsHighImagesIntoBatchesOfTheirOwnAsMmdetDoes) {
  EXPECT_EQ(of_ten_images(2, false, kOrder), (IndexBatches{{1, 7}, {4, 3}, {5, 9}, {0, 8}, {6, 2}}));
  EXPECT_EQ(of_ten_images(3, false, kOrder), (IndexBatches{{1, 7, 5}, {4, 3, 0}, {9, 6, 2}, {8}}));
  EXPECT_EQ(of_ten_images(4, false, {5, 6, 1, 2, 0, 8, 9, 3, 7, 4}),
            (IndexBatches{{5, 6, 1, 2}, {0, 8, 3, 4}, {9, 7}}));
}

TEST(AspectRatioBatchSampler, LeavesOutALastBatchThatIsNotFull) {
  EXPECT_EQ(of_ten_images(3, true, kOrder), (IndexBatches{{1, 7, 5}, {4, 3, 0}, {9, 6, 2}}));
  EXPECT_EQ(of_ten_images(4, true, {0, 1, 2, 3}), (IndexBatches{{0, 3, 1, 2}}));  // mmdet drops this full one, too
}

TEST(AspectRatioBatchSampler, GivesFullBatchesAloneWhereAnotherPassFollows) {
  EXPECT_EQ(of_ten_images(4, false, kOrder, Rest::next_pass), (IndexBatches{{1, 7, 5, 9}, {4, 3, 0, 8}}));
}

TEST(AspectRatioBatchSampler, HasAsManyBatchesAsItsLengthSays) {
  for (const bool drop_last : {false, true})
    for (int64_t batch_size = 1; batch_size <= 11; ++batch_size)
      for (size_t rows = 0; rows <= kOrder.size(); ++rows) {
        const std::vector<int64_t> order(kOrder.begin(), kOrder.begin() + static_cast<int64_t>(rows));
        const auto batches = static_cast<int64_t>(of_ten_images(batch_size, drop_last, order).size());
        EXPECT_EQ(AspectRatioBatchSampler({batch_size}, {.drop_last = drop_last}).length(static_cast<int64_t>(rows)),
                  batches);
      }
}

TEST(AspectRatioBatchSampler, NamesTheDatasetThatDoesNotKnowItsSizes) {
  EXPECT_THAT(
      [] { batches_of(AspectRatioBatchSampler({2}, {}), {7}, Rest::last_batches, DescribedDataset(10)); },
      ThrowsMessage<Error>("AspectRatioBatchSampler needs the size of each image before it is read; DescribedDataset "
                           "does not know that of sample 7\n  help: batch_sampler=None, or override size_of() in "
                           "DescribedDataset"));
}

}  // namespace
}  // namespace millrace
