#include "millrace/hooks/ema_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "millrace/checkpoint/averages.h"
#include "millrace/model/averages/exp_momentum_ema.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/stand_in_run.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Sees the weight with which a validation runs.
class WeightsSeen final : public Hook {
 public:
  void before_val_iter(EvalIter& point) override {
    seen.push_back(StandInRun::weight_of(point.runner));
    if (then) then();
  }
  std::vector<double> seen;
  std::function<void()> then;
};

// By hand: w is 0.25, -1.5, -4.25, and a <- a + 0.5 (w - a) from a = 0.25 on.
constexpr double kLastWeight = -4.25, kLastAverage = -2.4375;
constexpr const char* kHalf = "[dict(type='EMAHook', momentum=0.5)]";

State weights_in(const State& checkpoint) {
  return State::list({checkpoint.at("state_dict").at("w").tensor().item<double>(),
                      checkpoint.at("ema_state_dict").at("module.w").tensor().item<double>(),
                      checkpoint.at("ema_state_dict").at("steps").tensor().item<int64_t>()});
}

TEST(EMAHook, ValidatesWithTheAverageAndTrainsOnWithTheWeights) {
  const StandInRun run(kHalf);
  const auto seen = std::make_shared<WeightsSeen>();
  run.runner->add_hook(seen);
  run.runner->train();
  EXPECT_THAT(seen->seen, ElementsAre(kLastAverage, kLastAverage));
  EXPECT_EQ(run.weight(), kLastWeight);
}

TEST(EMAHook, SavesTheAverageAsStateDict) {
  const StandInRun run(kHalf);
  run.runner->train();
  EXPECT_TRUE(weights_in(run.runner->checkpoint()).equals(State::list({kLastAverage, kLastWeight, 3})));
}

TEST(EMAHook, BeginsAtItsIteration) {
  const StandInRun run("[dict(type='EMAHook', momentum=0.5, begin_iter=2)]");
  run.runner->train();  // 2 updates: a = -1.5, then half way to -4.25
  EXPECT_TRUE(weights_in(run.runner->checkpoint()).equals(State::list({-2.875, kLastWeight, 2})));
}

TEST(EMAHook, BeginsAtItsEpoch) {
  const StandInRun run("[dict(type='EMAHook', momentum=0.5, begin_epoch=2)]",
                       "train_cfg = dict(by_epoch=True, max_epochs=2)\n");
  const auto seen = std::make_shared<WeightsSeen>();
  run.runner->add_hook(seen);
  run.runner->train();  // w goes on to -5, -6.75 and -9.5; a is -5, -5.875 and -7.6875
  EXPECT_THAT(seen->seen, ElementsAre(kLastWeight, kLastWeight, -7.6875, -7.6875));
  EXPECT_TRUE(weights_in(run.runner->checkpoint()).equals(State::list({-7.6875, -9.5, 3})));
}

TEST(EMAHook, GoesOnWithTheSameBits) {
  const char* const two = "train_cfg = dict(by_epoch=True, max_epochs=2)\n";
  const StandInRun whole(kHalf, two), begun(kHalf), resumed(kHalf, two);
  whole.runner->train();
  begun.runner->train();
  resumed.runner->resume(begun.runner->checkpoint().snapshot());
  resumed.runner->train();
  EXPECT_TRUE(weights_in(resumed.runner->checkpoint()).equals(weights_in(whole.runner->checkpoint())));
  EXPECT_EQ(weights_in(whole.runner->checkpoint()).items()[2].integer(), 6);
}

TEST(EMAHook, LeavesTheWeightsOfAStoppedValidationAlone) {
  const StandInRun run(kHalf);
  const auto seen = std::make_shared<WeightsSeen>();
  seen->then = [&] { run.runner->control()->stop(); };
  run.runner->add_hook(seen);
  run.runner->train();
  EXPECT_THAT(seen->seen, ElementsAre(kLastAverage));
  EXPECT_EQ(run.weight(), kLastWeight);
  EXPECT_TRUE(weights_in(run.runner->checkpoint()).equals(State::list({kLastAverage, kLastWeight, 3})));
}

TEST(EMAHook, LeavesTheWeightsOfAFailedValidationAlone) {
  const StandInRun run(kHalf);
  const auto seen = std::make_shared<WeightsSeen>();
  seen->then = [] { throw Error("no more of that"); };
  run.runner->add_hook(seen);
  EXPECT_THAT([&] { run.runner->train(); }, ThrowsMessage<Error>(HasSubstr("no more of that")));
  EXPECT_EQ(run.weight(), kLastWeight);
}

TEST(EMAHook, BeginsAnewWhereTheCheckpointHasNoAverages) {
  const StandInRun begun, resumed(kHalf, "train_cfg = dict(by_epoch=True, max_epochs=2)\n");
  begun.runner->train();
  resumed.runner->resume(begun.runner->checkpoint().snapshot());
  resumed.runner->train();
  EXPECT_EQ(weights_in(resumed.runner->checkpoint()).items()[2].integer(), 3);
  EXPECT_THAT(resumed.messages, Contains(HasSubstr("the checkpoint has no averages (ema_state_dict)")));
}

TEST(EMAHook, TestsWithTheWeightsThatAreLoaded) {
  const StandInRun begun(kHalf);
  begun.runner->train();
  const State saved = begun.runner->checkpoint().snapshot();
  const StandInRun resumed(kHalf);
  resumed.runner->resume(saved);
  resumed.runner->val();
  EXPECT_EQ(resumed.weight(), kLastAverage);
  EXPECT_THAT(resumed.messages, Contains("The weights of memory are averages (EMA) of those that were trained"));
  const StandInRun trained(kHalf, "load_weights = 'trained'\n");
  trained.runner->resume(saved);
  trained.runner->val();
  EXPECT_EQ(trained.weight(), kLastWeight);
  EXPECT_THAT(trained.messages,
              Contains("The weights of memory are those that were trained; it has averages (EMA), too"));
}

TEST(EMAHook, RefusesAveragesThatThereAreNot) {
  const StandInRun begun, wanted("[]", "load_weights = 'averaged'\n");
  begun.runner->train();
  wanted.runner->resume(begun.runner->checkpoint().snapshot());
  EXPECT_THAT([&] { wanted.runner->val(); },
              ThrowsMessage<Error>(HasSubstr("memory: there are no averaged weights: the run was trained without")));
}

TEST(EMAHook, RefusesABeginAfterTheEnd) {
  const StandInRun run("[dict(type='EMAHook', begin_epoch=2)]");
  EXPECT_THAT([&] { run.runner->train(); },
              ThrowsMessage<Error>(AllOf(HasSubstr("EMAHook.begin_epoch is 2, and the training has 1 epoch: nothing"),
                                         HasSubstr("help: begin_epoch=1"))));
}

TEST(EMAHook, RefusesTwoBegins) {
  EXPECT_THAT([] { StandInRun("[dict(type='EMAHook', begin_epoch=1, begin_iter=1)]"); },
              ThrowsMessage<Error>(HasSubstr("begin_iter and begin_epoch are both given")));
}

TEST(EMAHook, GivesItsOtherKeysToTheRule) {
  EXPECT_THAT([] { StandInRun("[dict(type='EMAHook', ema_type='StochasticWeightAverage', momentum=0.1)]"); },
              ThrowsMessage<Error>(HasSubstr("StochasticWeightAverage has no key 'momentum'")));
  EXPECT_THAT([] { StandInRun("[dict(type='EMAHook', momentum=2)]"); },
              ThrowsMessage<Error>(HasSubstr("momentum must be above 0 and below 1, got 2")));
  EXPECT_THAT([] { StandInRun("[dict(type='EMAHook', ema_type='MomentumAnnealingEma')]"); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'MomentumAnnealingEMA'?")));
  EXPECT_NO_THROW(
      StandInRun("[dict(type='EMAHook', ema_type='mmdet.ExpMomentumEMA', momentum=0.0002, gamma=1000, "
                 "update_buffers=True, priority=49)]"));
  EXPECT_NO_THROW(EMAHook({.ema_type = use<ExpMomentumEMA>({.gamma = 10}), .momentum = 0.1}));
}

TEST(Averages, AloneAreAFileForUse) {
  const StandInRun run(kHalf);
  run.runner->train();
  const State alone = averages_alone(run.runner->checkpoint(), "memory");
  EXPECT_EQ(alone.entries().size(), 2u);
  EXPECT_EQ(alone.at("state_dict").at("w").tensor().item<double>(), kLastAverage);
  EXPECT_TRUE(alone.find("meta"));
}

}  // namespace
}  // namespace millrace
