#include "millrace/optim/schedulers/param_schedulers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/cosine_annealing_lr.h"
#include "millrace/optim/schedulers/cosine_restart_lr.h"
#include "millrace/optim/schedulers/exponential_lr.h"
#include "millrace/optim/schedulers/linear_lr.h"
#include "millrace/optim/schedulers/multi_step_lr.h"
#include "millrace/optim/schedulers/poly_lr.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "millrace/optim/sgd.h"
#include "tests/support/schedule_trace.h"
#include "tests/support/stand_ins.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::SizeIs;
using testing::ThrowsMessage;

TEST(LinearLR, RisesToItsEndFactorInTheLastStep) {
  EXPECT_THAT(ScheduleTrace().with<LinearLR>({.start_factor = 0.1, .range = {.end = 5, .by_epoch = false}}).lrs(6),
              Pointwise(DoubleNear(1e-12), {0.1, 0.325, 0.55, 0.775, 1.0, 1.0}));
}

TEST(LinearLR, RefusesToStartFromNothing) {
  EXPECT_THAT([] { ScheduleTrace().with<LinearLR>({.start_factor = 0}); },
              ThrowsMessage<Error>(HasSubstr("start_factor must be above 0 and at most 1, got 0.0")));
}

TEST(LinearLR, WarnsOfARangeOfOneStep) {
  ScheduleTrace schedule;
  schedule.with<LinearLR>({.range = {.end = 1, .by_epoch = false}});
  ASSERT_THAT(schedule.all().notices(), SizeIs(1));
  EXPECT_THAT(schedule.all().notices()[0].text, HasSubstr("for good"));
}

TEST(CosineAnnealingLR, EndsOneStepShortOfItsBottom) {
  const std::vector<double> expected = {1, .97553, .90451, .79389, .65451, .5, .34549, .20611, .09549, .02447, .02447};
  EXPECT_THAT(ScheduleTrace().with<CosineAnnealingLR>({.range = {.end = 10, .by_epoch = false}}).lrs(11),
              Pointwise(DoubleNear(6e-6), expected));
}

TEST(CosineAnnealingLR, FollowsAWarmUp) {
  ScheduleTrace schedule;
  schedule.with<LinearLR>({.start_factor = 0.1, .range = {.end = 5, .by_epoch = false}});
  schedule.with<CosineAnnealingLR>({.range = {.begin = 5, .end = 15, .by_epoch = false}});
  EXPECT_THAT(schedule.lrs(15), Pointwise(DoubleNear(6e-5), {.1, .325, .55, .775, 1., 1., .9755, .9045, .7939, .6545,
                                                             .5, .3455, .2061, .0955, .0245}));
}

TEST(CosineAnnealingLR, RefusesTwoBottoms) {
  EXPECT_THAT([] { ScheduleTrace().with<CosineAnnealingLR>({.eta_min = 0.1, .eta_min_ratio = 0.1}); },
              ThrowsMessage<Error>(HasSubstr("give one of them")));
}

TEST(PolyLR, ReachesItsMinimumInTheLastStep) {
  const std::vector<double> expected = {1, .90948, .81781, .72483, .63027, .53379, .43484, .33246, .22457, .1};
  EXPECT_THAT(
      ScheduleTrace().with<PolyLR>({.power = 0.9, .eta_min = 0.1, .range = {.end = 10, .by_epoch = false}}).lrs(10),
      Pointwise(DoubleNear(6e-6), expected));
}

TEST(CosineRestartLR, BeginsEachDescentFromAPartOfTheInitialValue) {
  // PARITY 9.3; after the last period the value stays.
  const std::vector<double> expected = {1, .85355, .5, .14645, .5, .42678, .25, .07322, .07322};
  EXPECT_THAT(ScheduleTrace()
                  .with<CosineRestartLR>({.periods = std::vector<int64_t>{4, 4},
                                          .restart_weights = {1, 0.5},
                                          .eta_min = 0.0,
                                          .range = {.by_epoch = false}})
                  .lrs(9),
              Pointwise(DoubleNear(6e-6), expected));
}

TEST(CosineRestartLR, RefusesPeriodsWithoutWeightsAndNoOrTwoBottoms) {
  EXPECT_THAT(
      [] {
        ScheduleTrace().with<CosineRestartLR>({.periods = std::vector<int64_t>{4, 4}, .eta_min = 0.0});
      },
      ThrowsMessage<Error>(HasSubstr("restart_weights must be as many as periods, got 1 and 2")));
  EXPECT_THAT([] { ScheduleTrace().with<CosineRestartLR>({.periods = std::vector<int64_t>{4}}); },
              ThrowsMessage<Error>(HasSubstr("give one of eta_min and eta_min_ratio")));
  EXPECT_THAT(
      [] {
        ScheduleTrace().with<CosineRestartLR>(
            {.periods = std::vector<int64_t>{4}, .eta_min = 0.0, .eta_min_ratio = 0.1});
      },
      ThrowsMessage<Error>(HasSubstr("give one of eta_min and eta_min_ratio")));
}

TEST(MultiStepLR, CountsMilestonesFromItsBegin) {
  EXPECT_THAT(
      ScheduleTrace()
          .with<MultiStepLR>({.milestones = std::vector<int64_t>{2, 4}, .range = {.begin = 3, .by_epoch = false}})
          .lrs(9),
      Pointwise(DoubleNear(1e-12), {1., 1., 1., 1., 1., .1, .1, .01, .01}));
}

TEST(MultiStepLR, TakesMilestonesInAnyOrder) {  // as MMEngine, which counts them
  EXPECT_THAT(ScheduleTrace()
                  .with<MultiStepLR>({.milestones = std::vector<int64_t>{4, 2, 4}, .range = {.by_epoch = false}})
                  .lrs(6),
              Pointwise(DoubleNear(1e-12), {1., 1., .1, .1, .001, .001}));
}

TEST(MultiStepLR, RefusesAMilestoneBeforeItsBegin) {
  EXPECT_THAT(
      [] {
        ScheduleTrace().with<MultiStepLR>({.milestones = std::vector<int64_t>{2, -1}});
      },
      ThrowsMessage<Error>(HasSubstr("milestones must be at least 0, got -1")));
}

TEST(StepLR, RefusesStepSizeBelowOne) {
  EXPECT_THAT([] { ScheduleTrace().with<StepLR>({.step_size = 0}); },
              ThrowsMessage<Error>(HasSubstr("step_size must be at least 1, got 0")));
}

TEST(ParamScheduler, RefusesAnEmptyRange) {
  EXPECT_THAT([] { ScheduleTrace().with<StepLR>({.step_size = 1, .range = {.begin = 5, .end = 5}}); },
              ThrowsMessage<Error>(HasSubstr("end must be above begin, got begin 5 and end 5")));
}

TEST(ParamScheduler, DoesNothingWhereTheTrainingEndsBeforeItBegins) {
  ScheduleTrace schedule;
  schedule.with<CosineAnnealingLR>({.range = {.begin = 5}}, {.max_epochs = 2, .max_iters = 20, .iters_per_epoch = 10});
  EXPECT_THAT(schedule.lrs(2), Pointwise(DoubleNear(0), {1., 1.}));
  ASSERT_THAT(schedule.all().notices(), SizeIs(1));
  EXPECT_THAT(schedule.all().notices()[0].text,
              HasSubstr("begins after 5 epochs, and the training ends after 2: it does nothing"));
}

TEST(ParamScheduler, NamesTheSettingsThatThereAre) {
  EXPECT_THAT(
      [] { ScheduleTrace().with<StepParamScheduler>({.param_name = "weight_dcay", .rule = {.step_size = 1}}); },
      ThrowsMessage<Error>("the optimizer has no setting 'weight_dcay' to schedule; did you mean 'weight_decay'?\n"
                           "  settings: lr, momentum, dampening, weight_decay"));
}

TEST(ParamScheduler, NeedsTheLengthOfAnEpochToConvert) {
  EXPECT_THAT(
      [] {
        ScheduleTrace().with<StepLR>({.step_size = 1, .range = {.convert_to_iter_based = true}}, {.max_epochs = 3});
      },
      ThrowsMessage<Error>(HasSubstr("convert_to_iter_based needs an epoch of known length")));
}

TEST(ParamScheduler, WarnsWhereEpochsNeverPass) {
  ScheduleTrace schedule;
  schedule.with<StepLR>({.step_size = 1}, {.max_epochs = 1, .max_iters = 100, .iters_per_epoch = 10});
  schedule.with<StepLR>({.step_size = 1, .range = {.convert_to_iter_based = true}});
  ASSERT_THAT(schedule.all().notices(), SizeIs(2));
  EXPECT_THAT(schedule.all().notices()[0].text, HasSubstr("by_epoch=False"));
  EXPECT_THAT(schedule.all().notices()[1].text,
              HasSubstr("ends after one pass over the data (10 iterations), the training has 100"));
}

TEST(ParamScheduler, LogsEachChangeWhereItIsVerbose) {
  Toy toy;
  MessageHub hub;
  Logger logger;
  std::vector<std::string> messages;
  logger.to_callback([&](LogLevel, std::string_view text) { messages.emplace_back(text); });
  SingleRank ranks;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0}}"));
  optim->attach({hub, logger, ranks}, "");
  for (const bool verbose : {false, true}) {
    ParamSchedulers schedulers({});
    schedulers.add(std::make_shared<StepLR>(
        *optim, StepLR::Options{.step_size = 1, .gamma = 0.5, .range = {.by_epoch = false, .verbose = verbose}}));
    schedulers.step_iter();
    if (!verbose) EXPECT_THAT(messages, testing::IsEmpty());
  }
  EXPECT_THAT(messages, testing::Contains("lr is 0.25 from step 1 on"));
}

TEST(LinearMomentum, MovesTheFirstBetaOfAdam) {
  Toy toy;
  const auto adam = toy.wrap(config_text("{'optimizer': {'type': 'Adam'}}"));
  ParamSchedulers schedulers({});
  schedulers.add(std::make_shared<LinearMomentum>(
      *adam, LinearMomentum::Options{.start_factor = 0.5, .range = {.end = 3, .by_epoch = false}}));
  std::vector<double> momenta;
  for (int i = 0; i < 4; ++i) {
    momenta.push_back(adam->momentum());
    schedulers.step_iter();
  }
  EXPECT_THAT(momenta, Pointwise(DoubleNear(1e-12), {.45, .675, .9, .9}));
}

TEST(ParamSchedulers, MatchTheReference) {
  int checked = 0;
  for (const json& golden : read_golden("schedulers.json")) {
    const json& config = golden["config"];
    const int64_t epoch_length = golden["iters_per_epoch"], epochs = config["train_cfg"]["max_epochs"];
    ++checked;
    Toy toy;
    const auto optim = toy.wrap(value_of(config["optim_wrapper"]));
    const auto make = [&](OptimWrapper& into) {
      ParamSchedulers all({.max_epochs = epochs, .max_iters = epochs * epoch_length, .iters_per_epoch = epoch_length});
      for (const json& one : config["param_scheduler"])
        all.add(ParamScheduler::Registry::build(value_of(one), "", into));
      return all;
    };
    ParamSchedulers schedulers = make(*optim);
    const auto replayed_optim = toy.wrap(value_of(config["optim_wrapper"]));
    ParamSchedulers replayed = make(*replayed_optim);
    for (int64_t k = 0; k < epochs * epoch_length; ++k) {
      const double lr = golden["lr"][k], momentum = golden["momentum"][k];
      ASSERT_NEAR(optim->lr(), lr, 1e-12 * lr) << golden["name"] << " at iteration " << k;
      ASSERT_NEAR(optim->momentum(), momentum, 1e-12 * momentum) << golden["name"] << " at iteration " << k;
      replayed.replay(k, k / epoch_length, epoch_length);
      ASSERT_EQ(replayed_optim->lr(), optim->lr()) << golden["name"] << " replayed to iteration " << k;
      ASSERT_EQ(replayed_optim->momentum(), optim->momentum()) << golden["name"] << " replayed to iteration " << k;
      schedulers.step_iter();
      if ((k + 1) % epoch_length == 0) schedulers.step_epoch();
    }
  }
  EXPECT_EQ(checked, 46);
}

TEST(ParamScheduler, RefusesAnEndBeforeItsBegin) {
  EXPECT_THAT([] { ScheduleTrace().with<StepLR>({.step_size = 1, .range = {.begin = 5, .end = 2}}); },
              ThrowsMessage<Error>(HasSubstr("end must be above begin, got begin 5 and end 2")));
}

TEST(ParamScheduler, ConvertsEpochsAlone) {
  EXPECT_THAT(
      [] {
        ScheduleTrace().with<StepLR>({.step_size = 1, .range = {.by_epoch = false, .convert_to_iter_based = true}});
      },
      ThrowsMessage<Error>(
          HasSubstr("convert_to_iter_based needs by_epoch=True: the settings are iterations already")));
}

class ResumedSchedule : public testing::Test {
 protected:
  static ScheduleTrace warm_cosine(int64_t end) {
    ScheduleTrace schedule;
    schedule.with<LinearLR>({.start_factor = 0.1, .range = {.end = 5, .by_epoch = false}}, {.max_iters = end});
    schedule.with<CosineAnnealingLR>({.range = {.begin = 5, .by_epoch = false}});
    return schedule;
  }
};

TEST_F(ResumedSchedule, GoesOnBitForBitUnderTheSameSettings) {
  ScheduleTrace unbroken = warm_cosine(20), first = warm_cosine(20), second = warm_cosine(20);
  const std::vector<double> expected = unbroken.lrs(20);
  first.lrs(8);
  first.optim().groups()[0].set(ParamGroup::kLr, first.optim().lr() * 0.5);  // somebody's own doing is kept, too
  second.optim().load_state_dict(first.optim().state_dict());
  EXPECT_TRUE(second.all().resume(first.all().state_dict(), 8, 0, -1));
  EXPECT_EQ(second.lrs(12), first.lrs(12));
  ScheduleTrace third = warm_cosine(20), fourth = warm_cosine(20);
  third.lrs(8);
  fourth.optim().load_state_dict(third.optim().state_dict());
  fourth.all().resume(third.all().state_dict(), 8, 0, -1);
  EXPECT_EQ(fourth.lrs(12), std::vector<double>(expected.begin() + 8, expected.end()));
}

TEST_F(ResumedSchedule, ReplaysFromTheStartUnderOthers) {
  ScheduleTrace longer = warm_cosine(40), first = warm_cosine(20), second = warm_cosine(40);
  first.lrs(8);
  second.optim().load_state_dict(first.optim().state_dict());
  EXPECT_FALSE(second.all().resume(first.all().state_dict(), 8, 0, -1));
  longer.lrs(8);
  EXPECT_EQ(second.lrs(32), longer.lrs(32));
}

TEST_F(ResumedSchedule, GivesTheConfigsValueBackWhereAScheduleIsGone) {
  ScheduleTrace first = warm_cosine(20);
  first.lrs(8);
  ScheduleTrace second;
  second.optim().load_state_dict(first.optim().state_dict());
  EXPECT_EQ(second.optim().lr(), 1.0);
}

TEST(ParamSchedulers, SaveWhatMMEngineReads) {
  ScheduleTrace schedule;
  schedule.with<MultiStepLR>({.milestones = std::vector<int64_t>{4, 2, 4}, .range = {.end = 9, .by_epoch = false}});
  schedule.lrs(3);
  const State saved = schedule.all().state_dict();
  ASSERT_THAT(saved.items(), SizeIs(1));
  const State expected = State::dict({{"milestones", State::dict({{2, 1}, {4, 2}})},
                                      {"gamma", 0.1},
                                      {"param_name", "lr"},
                                      {"begin", 0},
                                      {"end", 9},
                                      {"by_epoch", false},
                                      {"base_values", State::list({1.0})},
                                      {"last_step", 3},
                                      {"_global_step", 3},
                                      {"verbose", false},
                                      {"_last_value", State::list({0.1})}});
  EXPECT_TRUE(saved.items()[0].equals(expected));
}

}  // namespace
}  // namespace millrace
