#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/zoo/classification/models/cross_entropy_loss.h"
#include "millrace/zoo/classification/models/label_smooth_loss.h"
#include "tests/support/all_close.h"

namespace millrace::classification {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

// The figures were worked out with a pocket calculator's functions (exp and log of the scores below).
const at::Tensor kScores = at::tensor({1., 2., 3., 1., 0., -1.}, at::kDouble).view({2, 3});
const at::Tensor kLabels = at::tensor({2, 1}, at::kLong);
const at::Tensor kSoft = at::tensor({.2, .3, .5, .6, .4, 0.}, at::kDouble).view({2, 3});
const at::Tensor kOneHot = at::tensor({0., 0., 1., 0., 1., 0.}, at::kDouble).view({2, 3});
constexpr double kFirst = 0.40760596444438013, kSecond = 1.4076059644443804;  // the rows' cross entropies

double value_of(Loss& loss, const at::Tensor& target, const Loss::Extra& extra = {}) {
  return loss.forward(kScores, target, extra).item<double>();
}

TEST(CrossEntropyLoss, IsTheMeanOverRows) {
  CrossEntropyLoss loss;
  EXPECT_NEAR(value_of(loss, kLabels), (kFirst + kSecond) / 2, 1e-12);
  EXPECT_NEAR(value_of(loss, kLabels, {.avg_factor = 2}), (kFirst + kSecond) / 2, 1e-12);
  EXPECT_NEAR(value_of(loss, kLabels, {.avg_factor = 8}), (kFirst + kSecond) / 8, 1e-12);
  EXPECT_NEAR(value_of(loss, kLabels, {.weight = at::tensor({.5, 2.}), .avg_factor = 2}),
              (.5 * kFirst + 2 * kSecond) / 2, 1e-12);
}

TEST(CrossEntropyLoss, OfIgnoredLabelsAddsNothingToTheSum) {
  CrossEntropyLoss loss;
  const at::Tensor one_ignored = at::tensor({2, -100}, at::kLong), all_ignored = at::tensor({-100, -100}, at::kLong);
  EXPECT_NEAR(value_of(loss, one_ignored), kFirst / 2, 1e-12);
  EXPECT_NEAR(value_of(loss, one_ignored, {.avg_factor = 2}), kFirst / 2, 1e-12);
  EXPECT_NEAR(value_of(loss, one_ignored, {.avg_factor = 1}), kFirst, 1e-12);
  EXPECT_EQ(value_of(loss, all_ignored, {.avg_factor = 2}), 0);
}

TEST(CrossEntropyLoss, DividesWeightedClassesByRowsNotByWeights) {
  CrossEntropyLoss loss({.loss_weight = 10, .class_weight = {{1, 2, 3}}});
  EXPECT_NEAR(value_of(loss, kLabels), 10 * (3 * kFirst + 2 * kSecond) / 2, 1e-11);
}

TEST(CrossEntropyLoss, TakesSoftTargets) {
  CrossEntropyLoss plain, weighted({.use_soft = true, .class_weight = {{1, 2, 3}}});
  EXPECT_NEAR(value_of(plain, kSoft), 0.9576059644443802, 1e-12);
  EXPECT_NEAR(value_of(weighted, kSoft), 1.6540710342221034, 1e-12);
}

TEST(CrossEntropyLoss, OfSigmoidsAddsEveryClass) {
  CrossEntropyLoss plain({.use_sigmoid = true}), positive({.use_sigmoid = true, .pos_weight = {{2, 1, 4}}});
  EXPECT_NEAR(value_of(plain, kOneHot), 0.9680746009552211, 1e-12);
  EXPECT_NEAR(value_of(plain, kOneHot, {.avg_factor = 2}), 2.9042238028656633, 1e-12);
  EXPECT_NEAR(value_of(positive, kOneHot), 0.9923682767420922, 1e-12);
}

TEST(CrossEntropyLoss, ReducesAsTold) {
  CrossEntropyLoss none({.reduction = Reduction::none}), sum({.reduction = Reduction::sum});
  EXPECT_THAT(none.forward(kScores, kLabels), AllClose(at::tensor({kFirst, kSecond}, at::kDouble), {.rtol = 1e-12}));
  EXPECT_NEAR(value_of(sum, kLabels), kFirst + kSecond, 1e-12);
  EXPECT_THAT([&] { value_of(sum, kLabels, {.avg_factor = 2}); }, ThrowsMessage<Error>(HasSubstr("reduction='sum'")));
}

TEST(CrossEntropyLoss, ComputesHalfScoresInFloat) {
  CrossEntropyLoss loss;
  const at::Tensor value = loss.forward(kScores.to(at::kBFloat16), kLabels);
  EXPECT_EQ(value.scalar_type(), at::kFloat);
  EXPECT_NEAR(value.item<double>(), (kFirst + kSecond) / 2, 1e-6);
}

TEST(CrossEntropyLoss, SaysWhichSettingsAndTargetsDoNotGoTogether) {
  EXPECT_THAT([] { CrossEntropyLoss({.use_sigmoid = true, .use_soft = true}); },
              ThrowsMessage<Error>("CrossEntropyLoss cannot have both use_sigmoid and use_soft"));
  CrossEntropyLoss sigmoid({.use_sigmoid = true}), weighted({.class_weight = {{1, 2}}});
  EXPECT_THAT(
      [&] { value_of(sigmoid, kLabels); },
      ThrowsMessage<Error>("CrossEntropyLoss with use_sigmoid got a target of shape (2), the scores are (2, 3)\n"
                           "  help: to_onehot=True and num_classes in data_preprocessor"));
  // libtorch would take one column for all.
  EXPECT_THAT(
      [&] { value_of(sigmoid, kOneHot.slice(1, 0, 1)); },
      ThrowsMessage<Error>("CrossEntropyLoss with use_sigmoid got a target of shape (2, 1), the scores are (2, 3)"));
  CrossEntropyLoss plain;
  EXPECT_THAT([&] { value_of(plain, kLabels.unsqueeze(1)); },
              ThrowsMessage<Error>("CrossEntropyLoss got a target of shape (2, 1), the scores are (2, 3)"));
  EXPECT_THAT([&] { value_of(plain, kLabels, {.weight = at::tensor({1.})}); },
              ThrowsMessage<Error>("CrossEntropyLoss got weights (1), there are 2 rows"));
  EXPECT_THAT([&] { value_of(weighted, kLabels); },
              ThrowsMessage<Error>("CrossEntropyLoss got scores (2, 3), class_weight has 2 numbers"));
}

TEST(CrossEntropyLoss, RefusesLabelsThatAreNoClass) {
  CrossEntropyLoss plain;
  LabelSmoothLoss smooth({.label_smooth_val = 0.1}),
      several({.label_smooth_val = 0.1, .mode = LabelSmoothLoss::Mode::multi_label});
  for (Loss* loss : {static_cast<Loss*>(&plain), static_cast<Loss*>(&smooth)}) {
    EXPECT_THAT(
        [&] {
          value_of(*loss, at::tensor({0, 3}, at::kLong));
        },
        ThrowsMessage<Error>("CrossEntropyLoss got the label 3, there are 3 classes: 0 to 2\n"
                             "  help: num_classes=4 of the head, if the data are right"));
    EXPECT_THAT(
        [&] {
          value_of(*loss, at::tensor({-1, 0}, at::kLong));
        },
        ThrowsMessage<Error>("CrossEntropyLoss got the label -1, there are 3 classes: 0 to 2\n"
                             "  labels begin at 0; -100 leaves a sample out"));
    EXPECT_NO_THROW(value_of(*loss, at::tensor({-100, 0}, at::kLong)));
  }
  EXPECT_THAT(
      [&] {
        value_of(several, at::tensor({-100, 0}, at::kLong));
      },
      ThrowsMessage<Error>("LabelSmoothLoss got the label -100, there are 3 classes: 0 to 2\n"
                           "  labels begin at 0"));
}

TEST(LabelSmoothLoss, FollowsTheFormulaOfEachMode) {
  using Mode = LabelSmoothLoss::Mode;
  LabelSmoothLoss original({.label_smooth_val = 0.1}), vision({.label_smooth_val = 0.1, .mode = Mode::classy_vision}),
      multi({.label_smooth_val = 0.1, .mode = Mode::multi_label});
  EXPECT_NEAR(value_of(original, kLabels), 0.9576059644443802, 1e-12);
  EXPECT_NEAR(value_of(vision, kLabels), 0.9530605098989258, 1e-12);
  EXPECT_NEAR(value_of(multi, kLabels), 0.9680746009552212, 1e-12);
  EXPECT_NEAR(value_of(multi, kOneHot, {.avg_factor = 2}), 2.9042238028656637, 1e-12);
}

TEST(LabelSmoothLoss, TakesOneHotTargetsAsLabels) {
  LabelSmoothLoss loss({.label_smooth_val = 0.1, .loss_weight = 2});
  EXPECT_NEAR(value_of(loss, kOneHot), 2 * 0.9576059644443802, 1e-12);
}

TEST(LabelSmoothLoss, NamesTheClassesThatItGot) {
  LabelSmoothLoss loss({.label_smooth_val = 0.1, .num_classes = 100});
  EXPECT_THAT([&] { value_of(loss, kLabels); },
              ThrowsMessage<Error>("LabelSmoothLoss got scores (2, 3), num_classes is 100\n  help: num_classes=3"));
  EXPECT_THAT([] { LabelSmoothLoss({.label_smooth_val = 1}); },
              ThrowsMessage<Error>(HasSubstr("label_smooth_val must be")));
}

}  // namespace
}  // namespace millrace::classification
