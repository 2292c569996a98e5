#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/schedulers/lambda_lr.h"
#include "tests/support/schedule_trace.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

TEST(LambdaLR, CountsEpochsWithFractionsAfterAConversion) {
  ScheduleTrace trace;
  trace.with<LambdaLR>({.factor = "1 - t / 4", .range = {.convert_to_iter_based = true}},
                       {.max_epochs = 2, .max_iters = 4, .iters_per_epoch = 2});
  EXPECT_THAT(trace.lrs(4), Pointwise(DoubleNear(1e-12), {1., 0.875, 0.75, 0.625}));
}

TEST(LambdaLR, KeepsItsLastValueAfterItsEnd) {
  ScheduleTrace trace;
  trace.with<LambdaLR>({.factor = "t + 1", .range = {.begin = 1, .end = 3, .by_epoch = false}});
  EXPECT_THAT(trace.lrs(5), Pointwise(DoubleNear(0), {1., 1., 2., 2., 2.}));
}

TEST(LambdaMomentum, MovesTheMomentum) {
  ScheduleTrace trace;
  trace.with<LambdaMomentum>({.factor = "0.5 ** t", .range = {.by_epoch = false}});
  EXPECT_THAT(trace.momenta(3), Pointwise(DoubleNear(1e-12), {.9, .45, .225}));
}

TEST(LambdaLR, NamesTheFactorThatCannotBeRead) {
  EXPECT_THAT([] { ScheduleTrace().with<LambdaLR>({.factor = "0.95 ^^ t"}); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("factor '0.95 ^^ t': syntax error"),
                                                  HasSubstr("help: factor='0.95 ** t'"))));
  EXPECT_THAT([] { ScheduleTrace().with<LambdaLR>({.factor = "epoch * 2"}); },
              ThrowsMessage<Error>(HasSubstr("factor 'epoch * 2': ")));
  EXPECT_THAT([] { ScheduleTrace().with<LambdaLR>({.factor = ""}); },
              ThrowsMessage<Error>(HasSubstr("factor must not be empty")));
}

TEST(LambdaLR, NamesTheStepWithoutANumber) {
  ScheduleTrace trace;
  trace.with<LambdaLR>({.factor = "1 / (3 - t)", .range = {.by_epoch = false}});
  EXPECT_THAT([&] { trace.lrs(4); }, ThrowsMessage<Error>("'1 / (3 - t)': division by zero at t = 3"));
}

}  // namespace
}  // namespace millrace
