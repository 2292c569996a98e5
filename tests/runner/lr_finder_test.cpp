#include "millrace/runner/lr_finder.h"

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/optim/sgd.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

RunnerOptions small_training(const std::shared_ptr<StepNet>& net, const ScratchFolder& folder) {
  const at::Tensor points = at::randn({60, 4});
  RunnerOptions options{.model = net, .work_dir = folder.path().string()};
  options.train_dataloader = {.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{
                                  {keys::inputs, points}, {Key("gt_label"), points.sum(1).gt(0).to(at::kLong)}}),
                              .batch_size = 10};
  options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 3});
  options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.01})});
  return options;
}

TEST(LrFinder, RaisesTheRateFromStepToStepAndLeavesEverythingAsItWas) {
  const ScratchFolder folder;
  seed_generators(1);
  const auto net = std::make_shared<StepNet>();
  RunnerOptions options = small_training(net, folder);
  std::vector<at::Tensor> before;
  for (const ModuleView::Named& each : net->modules().state()) before.push_back(each.tensor.clone());
  const at::Tensor random = generator_state();

  const LrCurve curve = find_lr(std::move(options), {}, {.start = 1e-3, .end = 10, .steps = 41});
  ASSERT_EQ(curve.lr.size(), curve.loss.size());
  ASSERT_GE(curve.lr.size(), 20U);
  for (size_t i = 0; i < curve.lr.size(); ++i)
    EXPECT_NEAR(std::log10(curve.lr[i]), -3 + 0.1 * static_cast<double>(i), 1e-9);
  const std::vector<ModuleView::Named> after = net->modules().state();
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_TRUE(at::equal(after[i].tensor, before[i])) << after[i].name;
    EXPECT_FALSE(after[i].tensor.grad().defined());
  }
  EXPECT_TRUE(at::equal(generator_state(), random));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(LrFinder, EndsWhereTheLossGrowsWithoutEnd) {
  const ScratchFolder folder;
  seed_generators(1);
  const LrCurve curve =
      find_lr(small_training(std::make_shared<StepNet>(), folder), {}, {.start = 1, .end = 1e12, .steps = 200});
  EXPECT_TRUE(curve.has_diverged);
  EXPECT_LT(curve.lr.size(), 200U);
}

TEST(LrFinder, RefusesASearchThatDoesNotRise) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { find_lr(small_training(std::make_shared<StepNet>(), folder), {}, {.start = 1, .end = 0.1}); },
              ThrowsMessage<Error>(HasSubstr("the last lr must be above the first, 1.0, got 0.1")));
}

/// numpy.gradient(smoothed[10:-1]).argmin() + 10, as Lightning's lr_finder.
TEST(LrFinder, SuggestsTheRateOfTheSteepestDescent) {
  LrCurve curve;
  for (int i = 0; i < 40; ++i) {
    curve.lr.push_back(std::pow(10.0, -4 + 0.1 * i));
    // A fall of a hundred in the first ten, which do not count; then the steepest between 24 and 26.
    curve.smoothed.push_back(i < 10 ? 1000 - 100 * i : 3 - std::tanh((i - 25) / 3.0) + (i == 39 ? -50 : 0));
  }
  ASSERT_TRUE(suggested_lr(curve));
  EXPECT_DOUBLE_EQ(*suggested_lr(curve), curve.lr[25]);
  curve.smoothed.resize(12);
  EXPECT_FALSE(suggested_lr(curve));
}

TEST(LrFinder, SuggestsNothingWhereTheLossFallsNowhere) {
  LrCurve curve;
  for (int i = 0; i < 40; ++i) {
    curve.lr.push_back(1 + i);
    curve.smoothed.push_back(i);
  }
  EXPECT_FALSE(suggested_lr(curve));
}

}  // namespace
}  // namespace millrace
