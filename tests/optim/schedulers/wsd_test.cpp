#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/schedulers/wsd_lr.h"
#include "tests/support/schedule_trace.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;
using testing::SizeIs;
using testing::ThrowsMessage;

TEST(WSDLR, RisesStaysAndFalls) {
  ScheduleTrace trace;
  trace.with<WSDLR>({.decay_steps = 4, .warmup_steps = 2, .start_factor = 0.5, .range = {.by_epoch = false}},
                    {.max_iters = 10});
  EXPECT_THAT(trace.lrs(11), Pointwise(DoubleNear(1e-12), {.5, .75, 1., 1., 1., 1., 1., .75, .5, .25, .25}));
}

TEST(WSDLR, ConvertsEpochsToIterations) {
  ScheduleTrace converted, plain;
  converted.with<WSDLR>({.decay_steps = 2, .warmup_steps = 1, .range = {.convert_to_iter_based = true}},
                        {.max_epochs = 4, .max_iters = 20, .iters_per_epoch = 5});
  plain.with<WSDLR>({.decay_steps = 10, .warmup_steps = 5, .range = {.by_epoch = false}}, {.max_iters = 20});
  EXPECT_EQ(converted.lrs(20), plain.lrs(20));
}

TEST(WSDLR, WarnsWhereItsDecayIsCutOff) {
  ScheduleTrace trace;
  trace.with<WSDLR>({.decay_steps = 8, .warmup_steps = 4, .range = {.by_epoch = false}}, {.max_iters = 10});
  ASSERT_THAT(trace.all().notices(), SizeIs(1));
  EXPECT_THAT(trace.all().notices()[0].text,
              HasSubstr("warmup_steps and decay_steps are 12 steps together, and the schedule has 10"));
  EXPECT_THAT(trace.lrs(10), Pointwise(DoubleNear(1e-12), {0., .25, .5, .75, 1., .875, .75, .625, .5, .375}));
  ScheduleTrace fitting;
  fitting.with<WSDLR>({.decay_steps = 6, .warmup_steps = 4, .range = {.by_epoch = false}}, {.max_iters = 10});
  EXPECT_THAT(fitting.all().notices(), IsEmpty());
}

TEST(WSDLR, NeedsAnEnd) {
  EXPECT_THAT([] { ScheduleTrace().with<WSDLR>({.decay_steps = 8}); },
              ThrowsMessage<Error>("a schedule with a decay at its end needs an end: nobody knows how long the "
                                   "training is\n  help: end=9000"));
}

TEST(WSDMomentum, MovesTheMomentum) {
  ScheduleTrace trace;
  trace.with<WSDMomentum>({.decay_steps = 2, .range = {.end = 4, .by_epoch = false}});
  EXPECT_THAT(trace.momenta(4), Pointwise(DoubleNear(1e-12), {.9, .9, .9, .45}));
}

}  // namespace
}  // namespace millrace
