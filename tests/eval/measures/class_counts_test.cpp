#include "millrace/eval/measures/class_counts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::ElementsAre;

TEST(ClassCounts, OfTwoBatchesAreAdded) {
  const at::Tensor predicted = at::tensor({0, 1, 1, 2}, at::kLong), labels = at::tensor({0, 1, 0, 1}, at::kLong);
  const at::Tensor all = class_counts(predicted, labels, 3);
  EXPECT_THAT(all, SameTensor(at::tensor({2, 2, 0, 1, 2, 1, 1, 1, 0}, at::kLong).view({3, 3})));
  EXPECT_THAT(class_counts(predicted.narrow(0, 0, 1), labels.narrow(0, 0, 1), 3) +
                  class_counts(predicted.narrow(0, 1, 3), labels.narrow(0, 1, 3), 3),
              SameTensor(all));
}

TEST(ClassCounts, PredictionsThatAreNotTakenAreMisses) {
  const at::Tensor labels = at::tensor({0, 1}, at::kLong);
  const PrecisionRecall scores = precision_recall(class_counts(labels, labels, 2, at::tensor({1, 0})));
  EXPECT_THAT(scores.recall, ElementsAre(1, 0));
  EXPECT_THAT(scores.support, ElementsAre(1, 1));
}

TEST(ClassCounts, AQuotientWithDivisorZeroIsZero) {
  const PrecisionRecall scores =
      precision_recall(class_counts(at::tensor({0}, at::kLong), at::tensor({1}, at::kLong), 3));
  EXPECT_THAT(scores.precision, ElementsAre(0, 0, 0));
  EXPECT_THAT(scores.recall, ElementsAre(0, 0, 0));
  EXPECT_THAT(scores.f1, ElementsAre(0, 0, 0));
}

TEST(ClassCounts, WithoutRowsTheWeightedMeanIsUndefined) {
  const at::Tensor none = at::tensor(std::vector<int64_t>{}, at::kLong);
  EXPECT_TRUE(std::isnan(weighted_average(precision_recall(class_counts(none, none, 2))).f1));
}

}  // namespace
}  // namespace millrace
