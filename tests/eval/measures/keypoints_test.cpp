#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/eval/measures/keypoint_hits.h"
#include "millrace/eval/measures/keypoint_similarity.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(KeypointHits, CountVisibleOnesBelowTheThreshold) {
  const at::Tensor keypoints = at::tensor({0., 0., 10., 10.}).view({1, 2, 2});
  const at::Tensor predictions = at::tensor({1., 0., 10., 10.}).view({1, 2, 2});
  const std::vector<double> thrs = {0.1, 0.11};
  const at::Tensor counts =
      keypoint_hits(predictions, keypoints, at::tensor({1, 0}).view({1, 2}), at::tensor({10., 20.}).view({1, 2}), thrs);
  EXPECT_THAT(counts, SameTensor(at::tensor({1, 0, 0, 0, 1, 0}, at::kLong).view({3, 2})));  // 1 / 10 is not below 0.1
  const KeypointHits shares = keypoint_shares(counts, 1);
  EXPECT_EQ(shares.per_keypoint[0], 1);
  EXPECT_TRUE(std::isnan(shares.per_keypoint[1]));
  EXPECT_EQ(shares.mean_over_keypoints, 1);
}

TEST(KeypointSimilarity, IsTheMeanOfAGaussianOfTheDistance) {
  // d^2 = 4, area 2, sigma 1/2: exp(-4 / (2 * 2 * 1)) = exp(-1).
  const TrueKeypoints truth{at::tensor({0., 0., 2.}).view({1, 1, 3}), at::tensor({0., 0., 1., 1.}).view({1, 4}),
                            at::tensor({2.})};
  EXPECT_THAT(keypoint_similarity(at::tensor({2., 0., 1.}).view({1, 1, 3}), truth, at::tensor({0.5})),
              AllClose(at::tensor({std::exp(-1.0)}).view({1, 1}), {.rtol = 1e-12}));
}

TEST(KeypointSimilarity, WithoutVisibleKeypointsMeasuresFromTheGrownBox) {
  const TrueKeypoints truth{at::tensor({0., 0., 0.}).view({1, 1, 3}), at::tensor({10., 10., 5., 5.}).view({1, 4}),
                            at::tensor({2.})};
  // The box grown by its size is 5 to 20: inside of it the distance is 0, at (22, 20) it is 2.
  EXPECT_THAT(keypoint_similarity(at::tensor({6., 19., 1., 22., 20., 1.}).view({2, 1, 3}), truth, at::tensor({0.5})),
              AllClose(at::tensor({1.0, std::exp(-1.0)}).view({2, 1}), {.rtol = 1e-12}));
}

}  // namespace
}  // namespace millrace
