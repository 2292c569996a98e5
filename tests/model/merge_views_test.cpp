#include "millrace/model/merge_views.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;

Sample with_mean_score(std::span<const Sample> views) {
  std::vector<at::Tensor> scores;
  for (const Sample& view : views) scores.push_back(view.tensor("pred_depth"_key));
  Sample merged = views[0];
  merged.set("pred_depth"_key, at::stack(scores).mean(0));
  return merged;
}

TEST(MergeViews, MakesOneRowOfTheViewsOfASample) {
  Batch batch(4);
  batch.set_positions({7, 7, -1, 9});
  batch.set(keys::view_of, Dense{at::tensor({0, 0, 1, 2}, at::kLong)});
  batch.set("pred_depth"_key, Dense{at::tensor({0.F, 1.F, 0.5F, 0.5F, 3.F, 4.F, 5.F, 6.F}).view({4, 2})});
  batch.set("img_path"_key, Meta{{"a.png", "a.png", "b.png", "c.png"}});
  merge_views(batch, with_mean_score);
  EXPECT_THAT(batch.positions(), ElementsAre(7, -1, 9));
  EXPECT_FALSE(batch.has(keys::view_of));
  EXPECT_THAT(batch.tensor("pred_depth"_key), SameTensor(at::tensor({0.25F, 0.75F, 3.F, 4.F, 5.F, 6.F}).view({3, 2})));
  EXPECT_EQ(batch.meta("img_path"_key)[2].string(), "c.png");
}

TEST(MergeViews, LeavesABatchWithoutViewsAsItIs) {
  Batch batch(2);
  merge_views(batch, [](std::span<const Sample>) -> Sample { throw std::logic_error("called"); });
  EXPECT_EQ(batch.size(), 2);
}

}  // namespace
}  // namespace millrace
