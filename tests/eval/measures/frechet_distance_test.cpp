#include "millrace/eval/measures/frechet_distance.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FrechetDistance, OfOneDimensionIsThatOfMeansAndDeviations) {
  // Samples {-1, 1} and {-2, 2}, moved by 3: variances 2 and 8, so 9 + (sqrt 8 - sqrt 2)^2 = 11.
  const at::Tensor a = at::tensor({-1., 1.}).view({2, 1}), b = at::tensor({1., 5.}).view({2, 1});
  const FrechetDistance found = frechet_distance(distribution_of(a), distribution_of(b));
  EXPECT_NEAR(found.distance, 11, 1e-12);
  EXPECT_DOUBLE_EQ(found.mean_term, 9);
}

TEST(FrechetDistance, OfEqualFeaturesIsZero) {
  const at::Tensor a = at::tensor({-1., 1., 3., 2., 2., 5.}).view({3, 2});  // a singular covariance
  EXPECT_NEAR(frechet_distance(distribution_of(a), distribution_of(a)).distance, 0, 1e-7);
}

TEST(FrechetDistance, NeedsTwoRows) {
  EXPECT_THAT(
      [] {
        distribution_of(at::tensor({1.}).view({1, 1}));
      },
      ThrowsMessage<Error>(HasSubstr("a covariance needs at least two rows of features, got 1")));
}

}  // namespace
}  // namespace millrace
