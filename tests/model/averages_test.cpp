#include "millrace/model/averages/exp_momentum_ema.h"
#include "millrace/model/averages/exponential_moving_average.h"
#include "millrace/model/averages/momentum_annealing_ema.h"
#include "millrace/model/averages/stochastic_weight_average.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/model/averaged_weights.h"
#include "millrace/model/base_model.h"
#include "millrace/structures/loss_map.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;
using testing::ThrowsMessage;

class OneWeight final : public BaseModel {
 public:
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch&) override {}
  at::Tensor weight = register_parameter("weight", at::full({}, 0.0, at::kDouble));
};

/// The averages of a weight that is 1, 2, …, 6 after each update.
std::vector<double> averages(std::shared_ptr<const Averaging> rule) {
  OneWeight model;
  AveragedWeights average(std::move(rule));
  std::vector<double> values;
  for (int i = 1; i <= 6; ++i) {
    const at::NoGradGuard no_grad;
    model.weight.fill_(i);
    average.update(model);
    values.push_back(average.state_dict(model).at("module.weight").tensor().item<double>());
  }
  return values;
}

template <class Rule>
std::vector<double> averages(const typename Rule::Options& options) {
  return averages(std::make_shared<Rule>(options));
}

// The figures of these tests are those of MMEngine's classes; of ExpMomentumEMA, those of mmdet's formula in PyTorch.
TEST(ExponentialMovingAverage, TakesItsMomentumOfTheNewWeights) {
  EXPECT_THAT(averages<ExponentialMovingAverage>({.momentum = 0.1}),
              Pointwise(DoubleNear(1e-12), {1.0, 1.1, 1.29, 1.561, 1.9049, 2.31441}));
}

TEST(ExponentialMovingAverage, AveragesEveryIntervalThUpdate) {
  EXPECT_THAT(averages<ExponentialMovingAverage>({.momentum = 0.1, .common = {.interval = 2}}),
              Pointwise(DoubleNear(1e-12), {1.0, 1.0, 1.2, 1.2, 1.58, 1.58}));
}

TEST(ExponentialMovingAverage, WarnsOfADecayThatIsGivenAsMomentum) {
  EXPECT_THAT(ExponentialMovingAverage({.momentum = 0.999}).notice(),
              HasSubstr("A decay of 0.999 is a momentum of 0.001"));
  EXPECT_THAT(ExponentialMovingAverage({.momentum = 0.5}).notice(), IsEmpty());
}

TEST(ExponentialMovingAverage, RefusesAMomentumThatIsNoShare) {
  EXPECT_THAT([] { ExponentialMovingAverage({.momentum = 1}); },
              ThrowsMessage<Error>(HasSubstr("momentum must be above 0 and below 1, got 1")));
}

TEST(StochasticWeightAverage, IsTheMean) {
  EXPECT_THAT(averages<StochasticWeightAverage>({}), Pointwise(DoubleNear(1e-12), {1.0, 1.5, 2.0, 2.5, 3.0, 3.5}));
}

TEST(StochasticWeightAverage, IsTheMeanOfEveryIntervalThUpdate) {
  EXPECT_THAT(averages<StochasticWeightAverage>({.common = {.interval = 2}}),
              Pointwise(DoubleNear(1e-12), {1.0, 1.0, 2.0, 2.0, 3.0, 3.0}));
}

TEST(MomentumAnnealingEMA, FollowsCloselyAtFirst) {
  EXPECT_THAT(averages<MomentumAnnealingEMA>({.momentum = 0.1, .gamma = 2}),
              Pointwise(DoubleNear(1e-5), {1.0, 1.66667, 2.33333, 3.0, 3.66667, 4.33333}));
}

TEST(ExpMomentumEMA, TakesLessAndLess) {
  EXPECT_THAT(averages<ExpMomentumEMA>({.momentum = 0.1, .gamma = 4}),
              Pointwise(DoubleNear(1e-12), {1.0, 1.64587759374137, 2.356967754097614, 3.0652649846921594,
                                            3.757618262508106, 4.432165132837728}));
}

TEST(ExpMomentumEMA, RefusesAGammaBelowOne) {
  EXPECT_THAT([] { ExpMomentumEMA({.gamma = 0}); }, ThrowsMessage<Error>(HasSubstr("gamma must be at least 1, got 0")));
}

TEST(Averaging, IsFoundUnderTheNamesOfThePackagesThatHaveACopyOfIt) {
  for (const char* name : {"ExpMomentumEMA", "mmdet.ExpMomentumEMA", "mmpose.models.ExpMomentumEMA"}) {
    Binder binder;
    const BoundComponent bound = Averaging::bind_config(Value(std::string(name)), binder);
    ASSERT_TRUE(bound.entry) << name;
    EXPECT_EQ(bound.entry->name, "ExpMomentumEMA");
    EXPECT_TRUE(binder.ok());
  }
}

}  // namespace
}  // namespace millrace
