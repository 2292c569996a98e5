// What torch_schedules_test.cpp has not: forms that PyTorch lacks, conversion, errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/schedulers/cyclic_lr.h"
#include "tests/support/schedule_trace.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

TEST(CyclicLR, GoesUpAndDownBetweenItsBounds) {
  ScheduleTrace trace;
  trace.with<CyclicLR>(
      {.base_lr = 0.1, .max_lr = 0.5, .wave = {.step_size_up = 2, .step_size_down = 4}, .range = {.by_epoch = false}});
  EXPECT_THAT(trace.lrs(8), Pointwise(DoubleNear(1e-12), {.1, .3, .5, .4, .3, .2, .1, .3}));
}

TEST(CyclicLR, MovesTheMomentumAgainstIt) {
  ScheduleTrace trace;
  trace.with<CyclicLR>({.base_lr = 0.1, .max_lr = 0.5, .wave = {.step_size_up = 2}, .range = {.by_epoch = false}});
  EXPECT_THAT(trace.momenta(5), Pointwise(DoubleNear(1e-12), {.9, .85, .8, .85, .9}));
}

TEST(CyclicLR, BeginsWhereItsRangeBegins) {
  ScheduleTrace trace;
  trace.with<CyclicLR>(
      {.base_lr = 0.1, .max_lr = 0.5, .wave = {.step_size_up = 2}, .range = {.begin = 2, .end = 5, .by_epoch = false}});
  EXPECT_THAT(trace.lrs(6), Pointwise(DoubleNear(1e-12), {1., 1., .1, .3, .5, .5}));
}

TEST(CyclicMomentum, TakesItsBoundsInAnyOrder) {
  ScheduleTrace trace;
  trace.with<CyclicMomentum>(
      {.base_value = 0.9, .max_value = 0.8, .wave = {.step_size_up = 2}, .range = {.by_epoch = false}});
  EXPECT_THAT(trace.momenta(5), Pointwise(DoubleNear(1e-12), {.9, .85, .8, .85, .9}));
}

TEST(CyclicLR, CountsEpochsInItsScaleAfterAConversion) {
  ScheduleTrace trace;
  trace.with<CyclicLR>({.base_lr = 0.0,
                        .max_lr = 1.0,
                        .wave = {.step_size_up = 1, .mode = CyclicRule::Mode::exp_range, .gamma = 0.25},
                        .range = {.convert_to_iter_based = true}},
                       {.max_epochs = 4, .max_iters = 8, .iters_per_epoch = 2});
  // h(t) 0.25^(t / 2): up for one epoch of two iterations, down for another
  EXPECT_THAT(trace.lrs(6), Pointwise(DoubleNear(1e-12), {0., 0.25, 0.25, 0.0625, 0., 0.5 / 32}));
}

TEST(CyclicLR, NeedsAMomentumToCycle) {
  Toy toy;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'LBFGS', 'lr': 1.0}}"));
  CyclicLR::Options options{.base_lr = 0.1, .max_lr = 0.5};
  EXPECT_THAT([&] { CyclicLR(*optim, options); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("the optimizer has no momentum to cycle"),
                                                  HasSubstr("help: cycle_momentum=False"))));
  options.cycle_momentum = false;
  EXPECT_NO_THROW(CyclicLR(*optim, options));
}

TEST(CyclicLR, RefusesAScaleThatIsNoFunction) {
  const auto with_scale = [](const char* text) {
    return [text] { ScheduleTrace().with<CyclicLR>({.base_lr = 0.1, .max_lr = 0.5, .wave = {.scale_fn = text}}); };
  };
  EXPECT_THAT(with_scale("1 / (x - 1)"),
              ThrowsMessage<Error>(HasSubstr("scale_fn '1 / (x - 1)': division by zero at x = 1")));
  EXPECT_THAT(with_scale("x +"), ThrowsMessage<Error>(HasSubstr("scale_fn 'x +': syntax error")));
}

TEST(CyclicLR, RefusesSizesAndListsThatDoNotFit) {
  EXPECT_THAT([] { ScheduleTrace().with<CyclicLR>({.base_lr = 0.1, .max_lr = 0.5, .wave = {.step_size_up = 0}}); },
              ThrowsMessage<Error>(HasSubstr("step_size_up must be at least 1, got 0")));
  EXPECT_THAT(
      [] {
        ScheduleTrace().with<CyclicLR>({.base_lr = OneOrMany<double>{0.1, 0.2}, .max_lr = 0.5});
      },
      ThrowsMessage<Error>(HasSubstr("base_lr lists 2 values, the optimizer has 1 parameter groups")));
}

TEST(CyclicLR, GivesTheConfigsMomentumBackWhereItIsGone) {
  ScheduleTrace first, second;
  first.with<CyclicLR>({.base_lr = 0.1, .max_lr = 0.5, .wave = {.step_size_up = 5}, .range = {.by_epoch = false}});
  first.lrs(4);
  second.optim().load_state_dict(first.optim().state_dict());
  EXPECT_EQ(second.optim().lr(), 1.0);
  EXPECT_EQ(second.optim().momentum(), 0.9);
}

}  // namespace
}  // namespace millrace
