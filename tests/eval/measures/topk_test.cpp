#include "millrace/eval/measures/topk.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(Topk, PutsTiesInOrderOfClassesAndNoNumberNowhere) {
  const double nan = std::nan("");
  const at::Tensor scores = at::tensor({1., 1., 1., nan, 0., 2., 0., nan, 1.}).view({3, 3});
  EXPECT_THAT(rank_of_label(scores, at::tensor({1, 0, 2})), SameTensor(at::tensor({1, 3, 1}, at::kLong)));
  EXPECT_THAT(rank_of_label(scores, at::tensor({0, 2, 0})), SameTensor(at::tensor({0, 1, 2}, at::kLong)));
}

TEST(Topk, MayPutTheHigherOfEqualClassesFirst) {
  const at::Tensor scores = at::tensor({1., 1., 1.}).view({1, 3});
  EXPECT_THAT(rank_of_label(scores, at::tensor({1}), Ties::higher_class), SameTensor(at::tensor({1}, at::kLong)));
  EXPECT_THAT(rank_of_label(scores, at::tensor({0}), Ties::higher_class), SameTensor(at::tensor({2}, at::kLong)));
}

TEST(Topk, CountsHitsOfEachKAndThreshold) {
  const at::Tensor scores = at::tensor({0.7, 0.2, 0.1, 0.3, 0.4, 0.3}).view({2, 3});
  const std::vector<int64_t> ks = {1, 2};
  const std::vector<std::optional<double>> thrs = {std::nullopt, 0.5};
  EXPECT_THAT(topk_hits(scores, at::tensor({0, 0}), ks, thrs), SameTensor(at::tensor({1, 1, 2, 1}, at::kLong)));
}

}  // namespace
}  // namespace millrace
