#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/schedulers/linear_lr.h"
#include "millrace/optim/schedulers/one_cycle_lr.h"
#include "tests/support/schedule_trace.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

OneCycleLR::Options cycle_of(int64_t steps, double eta_max = 1) {
  return {.eta_max = eta_max, .total_steps = steps, .range = {.by_epoch = false}};
}

TEST(OneCycleLR, RisesThenFallsToAlmostNothing) {  // PARITY 9.3
  EXPECT_THAT(ScheduleTrace().with<OneCycleLR>(cycle_of(10)).lrs(10),
              Pointwise(DoubleNear(6e-6), {.04, .52, 1., .95048, .81175, .61126, .38874, .18826, .04952, 0.}));
}

TEST(OneCycleLR, IsAsLongAsItsRangeWithoutTotalSteps) {
  ScheduleTrace plain, by_range;
  plain.with<OneCycleLR>(cycle_of(20));
  by_range.with<OneCycleLR>({.eta_max = 1.0, .range = {.by_epoch = false}}, {.max_iters = 20});
  EXPECT_EQ(by_range.lrs(20), plain.lrs(20));
}

TEST(OneCycleLR, LeavesTheValueAloneBeforeItsBegin) {
  OneCycleLR::Options options = cycle_of(10);
  options.range.begin = 2;
  EXPECT_THAT(ScheduleTrace().with<OneCycleLR>(options).lrs(4), Pointwise(DoubleNear(1e-12), {1., 1., .04, .52}));
}

TEST(OneCycleLR, TakesAPhaseOfNoLengthForOver) {
  OneCycleLR::Options options = cycle_of(10);
  options.pct_start = 0.1;  // the rise ends at step 0
  const std::vector<double> lrs = ScheduleTrace().with<OneCycleLR>(options).lrs(10);
  EXPECT_DOUBLE_EQ(lrs[0], 1.0);
  EXPECT_DOUBLE_EQ(lrs[9], 1 / 25. / 1e4);
}

TEST(OneCycleLR, StaysAtItsEndWhereNobodyKnowsWhenTheTrainingEnds) {
  const std::vector<double> lrs = ScheduleTrace().with<OneCycleLR>(cycle_of(5)).lrs(9);
  EXPECT_THAT(std::vector<double>(lrs.begin() + 4, lrs.end()), Each(lrs[4]));
}

TEST(OneCycleLR, NeedsTotalStepsWhereNobodyKnowsWhenTheTrainingEnds) {
  EXPECT_THAT([] { ScheduleTrace().with<OneCycleLR>({.eta_max = 1.0}); },
              ThrowsMessage<Error>("total_steps is missing: nobody knows how long the training is\n"
                                   "  help: total_steps=9000"));
}

TEST(OneCycleLR, RefusesATrainingThatGoesOn) {
  EXPECT_THAT([] { ScheduleTrace().with<OneCycleLR>(cycle_of(10), {.max_iters = 12}); },
              ThrowsMessage<Error>("total_steps is 10, but the schedule acts in 12 iterations\n"
                                   "  help: total_steps=12"));
}

TEST(OneCycleLR, RefusesOptionsOutOfRange) {
  EXPECT_THAT([] { ScheduleTrace().with<OneCycleLR>({.total_steps = 10}); },
              ThrowsMessage<Error>(HasSubstr("eta_max must be above 0: it is the highest value of the cycle")));
  EXPECT_THAT([] { ScheduleTrace().with<OneCycleLR>(cycle_of(0)); },
              ThrowsMessage<Error>(HasSubstr("total_steps must be at least 1, got 0")));
  EXPECT_THAT([] { ScheduleTrace().with<OneCycleLR>({.eta_max = 1.0, .total_steps = 10, .pct_start = 1.5}); },
              ThrowsMessage<Error>(HasSubstr("pct_start must be from 0 to 1, got 1.5")));
  EXPECT_THAT([] { ScheduleTrace().with<OneCycleLR>({.eta_max = 1.0, .total_steps = 10, .div_factor = 0}); },
              ThrowsMessage<Error>(HasSubstr("div_factor must be above 0, got 0.0")));
}

TEST(OneCycleLR, TakesAHighestValueForEachGroupOfAFile) {
  Toy toy({1.0, 1.0});
  const auto optim =
      toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0},"
                           " 'paramwise_cfg': {'custom_keys': {'p1': {'lr_mult': 0.5}}}}"));
  ParamSchedulers all({});
  const auto cycle = [&](OneOrMany<double> eta_max) {
    return std::make_shared<OneCycleLR>(
        *optim, OneCycleLR::Options{.eta_max = std::move(eta_max), .total_steps = 10, .range = {.by_epoch = false}});
  };
  all.add(cycle({0.3, 0.2, 0.5}));
  EXPECT_NEAR(optim->groups()[0].lr(), 0.3 / 25, 1e-15);
  EXPECT_NEAR(optim->groups()[1].lr(), 0.2 / 25, 1e-15);
  EXPECT_NEAR(*optim->base_lr(), 0.5 / 25, 1e-15);
  EXPECT_THAT(
      [&] {
        all.add(cycle({0.3, 0.2}));
      },
      ThrowsMessage<Error>(HasSubstr("eta_max lists 2 values, the optimizer has 3 parameter groups")));
}

TEST(OneCycleLR, ConvertsEpochsToIterations) {
  ScheduleTrace converted, plain;
  converted.with<OneCycleLR>({.eta_max = 1.0, .total_steps = 4, .range = {.convert_to_iter_based = true}},
                             {.max_epochs = 4, .max_iters = 20, .iters_per_epoch = 5});
  plain.with<OneCycleLR>(cycle_of(20));
  EXPECT_EQ(converted.lrs(20), plain.lrs(20));
}

TEST(OneCycleParamScheduler, MovesAnyNumber) {
  Toy toy;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0, 'weight_decay': 0.1}}"));
  ParamSchedulers all({});
  all.add(std::make_shared<OneCycleParamScheduler>(
      *optim, OneCycleParamScheduler::Options{.param_name = "weight_decay", .rule = cycle_of(10, 0.5)}));
  EXPECT_NEAR(optim->groups()[0][*optim->groups()[0].find("weight_decay")], 0.02, 1e-15);
  EXPECT_EQ(optim->lr(), 1.0);
}

/// A cycle that begins after a warm-up.
class ResumedOneCycle : public testing::Test {
 protected:
  static ScheduleTrace training(double eta_max, double lr = 1) {
    ScheduleTrace trace(lr);
    OneCycleLR::Options options = cycle_of(15, eta_max);
    options.range.begin = 5;
    trace.with<LinearLR>({.start_factor = 0.1, .range = {.end = 5, .by_epoch = false}}, {.max_iters = 20});
    trace.with<OneCycleLR>(options);
    return trace;
  }
};

TEST_F(ResumedOneCycle, GoesOnBitForBit) {
  for (int stop = 0; stop < 20; ++stop) {
    ScheduleTrace whole = training(0.5), first = training(0.5), second = training(0.5);
    const std::vector<double> expected = whole.lrs(20);
    first.lrs(stop);
    second.optim().load_state_dict(first.optim().state_dict());
    EXPECT_TRUE(second.all().resume(first.all().state_dict(), stop, 0, -1));
    EXPECT_EQ(second.lrs(20 - stop), std::vector<double>(expected.begin() + stop, expected.end())) << stop;
  }
}

TEST_F(ResumedOneCycle, IsReplayedUnderOtherSettings) {
  for (const auto& [eta_max, lr] : {std::pair{0.7, 1.0}, {0.5, 2.0}}) {
    for (const int stop : {2, 8}) {
      ScheduleTrace changed = training(eta_max, lr), first = training(0.5), second = training(eta_max, lr);
      first.lrs(stop);
      second.optim().load_state_dict(first.optim().state_dict());
      EXPECT_FALSE(second.all().resume(first.all().state_dict(), stop, 0, -1));
      changed.lrs(stop);
      EXPECT_EQ(second.lrs(20 - stop), changed.lrs(20 - stop)) << stop;
    }
  }
}

TEST(OneCycleLR, GoesOnFromACheckpointOfMMEngine) {
  // Its groups hold the cycle's own start as initial_lr, and neither file has the keys that only we save.
  ScheduleTrace whole, first, second;
  for (ScheduleTrace* trace : {&whole, &first, &second}) trace->with<OneCycleLR>(cycle_of(20), {.max_iters = 20});
  const std::vector<double> expected = whole.lrs(20);
  first.lrs(8);
  State optim = first.optim().state_dict(), schedules = first.all().state_dict();
  EXPECT_EQ(optim.at("param_groups").items()[0].at("initial_lr").number(), 1 / 25.);
  EXPECT_EQ(optim.at("param_groups").items()[0].at("max_lr").number(), 1.0);
  optim.erase("millrace");
  for (const char* own : {"anneal_strategy", "configured_values"}) schedules.items()[0].erase(own);
  second.optim().load_state_dict(optim);
  EXPECT_TRUE(second.all().resume(schedules, 8, 0, -1));
  EXPECT_EQ(second.lrs(12), std::vector<double>(expected.begin() + 8, expected.end()));
}

}  // namespace
}  // namespace millrace
