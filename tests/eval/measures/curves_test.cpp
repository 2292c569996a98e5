#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/eval/measures/average_precision.h"
#include "millrace/eval/measures/roc_auc.h"

namespace millrace {
namespace {
using testing::ElementsAre;
using testing::NanSensitiveDoubleEq;

TEST(AveragePrecision, EqualScoresAreOneStep) {
  // One threshold: recall goes from 0 to 1 at precision 1/2.
  EXPECT_DOUBLE_EQ(average_precision(at::tensor({0.5, 0.5}), at::tensor({1, 0})), 0.5);
  EXPECT_DOUBLE_EQ(average_precision(at::tensor({0.5, 0.4}), at::tensor({1, 0})), 1);
}

TEST(AveragePrecision, WithoutAPositiveRowIsZero) {
  EXPECT_EQ(average_precision(at::tensor({0.5, 0.4}), at::tensor({0, 0})), 0);
  EXPECT_EQ(average_precision(at::tensor(std::vector<double>{}), at::tensor(std::vector<int64_t>{})), 0);
}

TEST(RocAuc, IsTheShareOfRightlyOrderedPairs) {
  EXPECT_DOUBLE_EQ(roc_auc(at::tensor({0.1, 0.4, 0.35, 0.8}), at::tensor({0, 0, 1, 1})), 0.75);  // 3 of 4 pairs
  EXPECT_DOUBLE_EQ(roc_auc(at::tensor({0.5, 0.5}), at::tensor({1, 0})), 0.5);
}

TEST(RocAuc, OfOneKindOnlyIsUndefined) {
  EXPECT_TRUE(std::isnan(roc_auc(at::tensor({0.5, 0.4}), at::tensor({1, 1}))));
  EXPECT_TRUE(std::isnan(roc_auc(at::tensor(std::vector<double>{}), at::tensor(std::vector<int64_t>{}))));
}

TEST(RocAuc, AnAbsentClassIsLeftOutOfThePairs) {
  const at::Tensor scores = at::tensor({0.8, 0.1, 0.1, 0.2, 0.7, 0.1}).view({2, 3});
  const at::Tensor labels = at::tensor({0, 1}, at::kLong);
  EXPECT_THAT(roc_auc_one_vs_rest(scores, labels), ElementsAre(1, 1, NanSensitiveDoubleEq(std::nan(""))));
  EXPECT_EQ(roc_auc_one_vs_one(scores, labels), 1);
}

}  // namespace
}  // namespace millrace
