#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/eval/measures/box_average_precision.h"
#include "millrace/eval/measures/retrieval_scores.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::DoubleNear;
using testing::ElementsAre;

TEST(RetrievalScores, AreMeansOverQueriesAndAddOverBatches) {
  const at::Tensor scores = at::tensor({0.9, 0.8, 0.7, 0.9, 0.8, 0.7}).view({2, 3});
  const at::Tensor relevant = at::tensor({0, 1, 1, 0, 0, 0}).view({2, 3});
  const std::vector<int64_t> ks = {2, 5};
  const at::Tensor sums = retrieval_sums(scores, relevant, ks);
  const RetrievalScores found = retrieval_scores(sums);
  EXPECT_DOUBLE_EQ(found.mean_average_precision, (1.0 / 2 + 2.0 / 3) / 2 / 2);
  EXPECT_DOUBLE_EQ(found.mean_reciprocal_rank, 0.25);
  EXPECT_THAT(found.recall, ElementsAre(0.25, 0.5));
  EXPECT_THAT(found.hit, ElementsAre(0.5, 0.5));
  EXPECT_THAT(found.precision, ElementsAre(0.25, DoubleNear(0.2, 1e-15)));  // of 5, though there are 3 items
  EXPECT_THAT(retrieval_sums(scores.narrow(0, 0, 1), relevant.narrow(0, 0, 1), ks) +
                  retrieval_sums(scores.narrow(0, 1, 1), relevant.narrow(0, 1, 1), ks),
              AllClose(sums, {.rtol = 1e-15}));
}

const std::vector<TrueBox> kOneBox = {{0, 0, {0, 0, 10, 10}}};

TEST(BoxAveragePrecision, TheSecondDetectionOfABoxIsWrong) {
  const std::vector<DetectedBox> twice = {{0, 0, {0, 0, 10, 10}, 0.8}, {0, 0, {0, 0, 10, 10}, 0.9}};
  EXPECT_THAT(box_average_precision(kOneBox, twice, 1, 0.5, BoxEdges::continuous).area, ElementsAre(1));
  const std::vector<DetectedBox> elsewhere = {{1, 0, {0, 0, 10, 10}, 0.9}, {0, 0, {0, 0, 10, 10}, 0.8}};
  EXPECT_THAT(box_average_precision(kOneBox, elsewhere, 1, 0.5, BoxEdges::continuous).area, ElementsAre(0.5));
}

TEST(BoxAveragePrecision, ADifficultBoxCountsForNothing) {
  std::vector<TrueBox> truth = kOneBox;
  truth.push_back({0, 0, {20, 20, 30, 30}, true});
  const std::vector<DetectedBox> both = {{0, 0, {20, 20, 30, 30}, 0.9}, {0, 0, {0, 0, 10, 10}, 0.8}};
  EXPECT_THAT(box_average_precision(truth, both, 1, 0.5, BoxEdges::continuous).area, ElementsAre(1));
  truth.erase(truth.begin());
  EXPECT_TRUE(std::isnan(box_average_precision(truth, both, 1, 0.5, BoxEdges::continuous).area[0]));
}

TEST(BoxAveragePrecision, ABoxThatNobodyFoundGivesZero) {
  const BoxPrecision found = box_average_precision(kOneBox, {}, 1, 0.5, BoxEdges::continuous);
  EXPECT_THAT(found.area, ElementsAre(0));
  EXPECT_THAT(found.eleven_points, ElementsAre(0));
}

TEST(BoxIou, OfInclusiveEdgesCountsThePixelsAtTheEdge) {
  const std::array<double, 4> a = {0, 0, 9, 9}, b = {5, 0, 14, 9};
  EXPECT_DOUBLE_EQ(box_iou(a, b, BoxEdges::inclusive), 50.0 / 150);
  EXPECT_DOUBLE_EQ(box_iou(a, b, BoxEdges::continuous), 36.0 / 126);
  EXPECT_EQ(box_iou(a, {20, 20, 30, 30}, BoxEdges::inclusive), 0);
}

}  // namespace
}  // namespace millrace
