#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/eval/measures/depth_errors.h"
#include "millrace/eval/measures/flow_errors.h"
#include "millrace/eval/measures/pair_counts.h"
#include "millrace/eval/measures/psnr.h"
#include "millrace/eval/measures/region_scores.h"
#include "millrace/eval/measures/regression.h"
#include "millrace/eval/measures/ssim.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

TEST(RegionScores, AClassInNeitherIsUndefinedAndOneOnlyPredictedIsZero) {
  const at::Tensor predicted = at::tensor({0, 0, 1}, at::kLong), labels = at::tensor({0, 0, 0}, at::kLong);
  const RegionScores scores = region_scores(pair_counts(predicted, labels, 3));
  EXPECT_DOUBLE_EQ(scores.iou[0], 2.0 / 3);
  EXPECT_EQ(scores.iou[1], 0);
  EXPECT_EQ(scores.recall[1], 0);
  EXPECT_TRUE(std::isnan(scores.iou[2]) && std::isnan(scores.dice[2]) && std::isnan(scores.fscore[2]));
  EXPECT_DOUBLE_EQ(scores.all_accuracy, 2.0 / 3);
}

TEST(Psnr, OfEqualImagesIsInfinite) {
  const at::Tensor image = at::arange(12).view({3, 2, 2});
  EXPECT_TRUE(std::isinf(psnr(image, image, 255)));
  EXPECT_DOUBLE_EQ(psnr(at::zeros({4}), at::ones({4}), 10), 20);  // 10 log10(100 / 1)
}

TEST(Ssim, OfEqualImagesIsOne) {
  const at::Tensor image = at::arange(2 * 16 * 16).view({2, 16, 16});
  EXPECT_THAT(ssim(image, image, {}), Each(DoubleNear(1, 1e-12)));
}

TEST(Ssim, OfFlatImagesComparesTheirMeans) {
  // No variance: (2 a b + C1) / (a^2 + b^2 + C1) with C1 = 1.
  const SsimOptions options{.data_range = 100, .window = 3, .sigma = 0};
  EXPECT_THAT(ssim(at::full({1, 5, 5}, 2.0), at::full({1, 5, 5}, 3.0), options),
              ElementsAre(DoubleNear(13.0 / 14.0, 1e-12)));
}

TEST(Ssim, RefusesAnImageBelowTheWindow) {
  EXPECT_THAT(
      [] {
        ssim(at::zeros({1, 12, 10}), at::zeros({1, 12, 10}), {});
      },
      testing::ThrowsMessage<Error>(testing::HasSubstr("SSIM has a window of 11 x 11 pixels, the image has 12 x 10")));
}

TEST(Regression, MergesBatchesWithTargetsFarFromZero) {
  const at::Tensor targets = (at::arange(7, at::kDouble) + 1e8).unsqueeze(1);
  const at::Tensor predictions = targets + 1;
  const at::Tensor whole = regression_sums(predictions, targets);
  const at::Tensor merged = merged_regression(regression_sums(predictions.narrow(0, 0, 3), targets.narrow(0, 0, 3)),
                                              regression_sums(predictions.narrow(0, 3, 4), targets.narrow(0, 3, 4)));
  EXPECT_THAT(merged, AllClose(whole, {.rtol = 1e-14}));
  EXPECT_DOUBLE_EQ(regression_errors(merged).r2[0], 1 - 7.0 / 28);
  EXPECT_DOUBLE_EQ(regression_errors(merged).mae[0], 1);
  const at::Tensor none = regression_sums(predictions.narrow(0, 0, 0), targets.narrow(0, 0, 0));
  EXPECT_THAT(merged_regression(none, whole), AllClose(whole, {.rtol = 1e-14}));
  EXPECT_THAT(merged_regression(whole, none), AllClose(whole, {.rtol = 1e-14}));
}

TEST(Regression, ConstantTargetsGiveOneOrZero) {
  const at::Tensor targets = at::ones({3, 2});
  at::Tensor predictions = at::ones({3, 2});
  predictions[0][1] = 2;
  EXPECT_THAT(regression_errors(regression_sums(predictions, targets)).r2, ElementsAre(1, 0));  // scikit-learn
  EXPECT_TRUE(
      std::isnan(regression_errors(regression_sums(predictions.narrow(0, 0, 1), targets.narrow(0, 0, 1))).r2[0]));
}

TEST(DepthErrors, SkipPixelsOutsideTheRangeAndClipPredictions) {
  const at::Tensor depths = at::tensor({2.0, 0.0, 10.0, 4.0}), predictions = at::tensor({4.0, 1.0, 1.0, 100.0});
  const DepthErrors errors = depth_errors(depth_sums(predictions, depths, 0.5, 8));
  EXPECT_EQ(errors.valid, 2);
  EXPECT_DOUBLE_EQ(errors.abs_rel, 1);  // |4 - 2| / 2 and |8 - 4| / 4
  EXPECT_DOUBLE_EQ(errors.log10, std::log10(2.0));
  EXPECT_NEAR(errors.silog, 0, 1e-7);  // one factor for all pixels
  EXPECT_EQ(errors.delta1, 0);
  EXPECT_TRUE(std::isnan(depth_errors(depth_sums(predictions, at::zeros({4}), 0.5, 8)).rmse));
}

TEST(FlowErrors, OutliersAreAboveThreePixelsAndFivePercent) {
  const at::Tensor flow = at::tensor({100.0, 0.0, 10.0, 0.0, 0.0, 0.0}).view({3, 2});
  const at::Tensor predictions = at::tensor({104.0, 0.0, 14.0, 0.0, 0.0, 9.0}).view({3, 2});
  const FlowErrors errors = flow_errors(flow_sums(predictions, flow, at::tensor({1, 1, 0})));
  EXPECT_DOUBLE_EQ(errors.fl_all, 0.5);  // 4 px are 4 % of the first and 40 % of the second
  EXPECT_DOUBLE_EQ(errors.epe, 4);
  EXPECT_DOUBLE_EQ(errors.epe_all, 17.0 / 3);
  EXPECT_EQ(errors.px3, 0);
  EXPECT_EQ(errors.px5, 1);
}

}  // namespace
}  // namespace millrace
