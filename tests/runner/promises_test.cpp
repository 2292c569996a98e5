// What docs/why.md promises of a run, where no test of a part says it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/data/dataset.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/registry/binder.h"
#include "millrace/runner/run_config.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A linear network that counts what is asked of it, with two losses, one of which is called `loss`.
class CountingNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    const at::Tensor out = fc_(batch.tensor(keys::inputs));
    return {{"loss"_key, out.square().mean()}, {"loss_size"_key, out.abs().mean()}};
  }
  void predict(Batch& batch) override { batch.set("pred_score"_key, Dense{fc_(batch.tensor(keys::inputs))}); }
  void init_weights() override { ++inits; }
  void train(bool on = true) override {
    ++switches;
    BaseModel::train(on);
  }

  int inits = 0, switches = 0;

 private:
  nn::Linear fc_ = register_module("fc", nn::Linear(4, 2));
};

/// A run of six iterations an epoch, and the warnings of its log.
class PromisedRun {
 public:
  explicit PromisedRun(const ScratchFolder& folder, int64_t epochs = 1,
                       const std::function<void(RunnerOptions&)>& change = {})
      : net(std::make_shared<CountingNet>()), hosted(folder.path(), epochs, [&](RunnerOptions& options) {
          options.model = net;
          if (change) change(options);
        }) {
    runner().logger().to_callback(
        [this](LogLevel level, std::string_view message) {
          if (level >= LogLevel::warning) warnings.emplace_back(message);
        },
        LogLevel::warning);
  }
  Runner& runner() { return *hosted.runner; }

  std::vector<std::string> warnings;
  std::shared_ptr<CountingNet> net;
  HostedRun hosted;
};

TEST(RunPromises, TheLossOfTheLogIsTheTotalWhateverALossIsCalled) {
  const ScratchFolder folder;
  PromisedRun run(folder);
  class Sum final : public Hook {
   public:
    void after_train_iter(TrainIter& point) override {
      double sum = 0;
      for (const LossMap::Entry& loss : point.losses->entries()) sum += loss.value.item<double>();
      sums.push_back(sum);
    }
    std::vector<double> sums;
  };
  const auto sum = std::make_shared<Sum>();
  run.runner().add_hook(sum);
  run.runner().train();
  const auto logged = run.runner().hub().history("train/loss").values();
  ASSERT_EQ(logged.size(), sum->sums.size());
  for (size_t i = 0; i < logged.size(); ++i) EXPECT_NEAR(logged[i], sum->sums[i], 1e-6) << i;
}

TEST(RunPromises, TheDefaultsGiveNoWarning) {
  const ScratchFolder folder;
  PromisedRun run(folder);
  run.runner().train();
  EXPECT_THAT(run.warnings, IsEmpty());
}

TEST(RunPromises, AResumeWithOtherThreadsOrInstructionsWarns) {
  const ScratchFolder folder;
  PromisedRun first(folder);
  first.runner().train();
  State checkpoint = first.runner().checkpoint().snapshot();
  State& own = *checkpoint.find("millrace");
  const int64_t threads = own.at("threads").integer();
  own["threads"] = threads + 1;
  own["instruction_set"] = "abacus";
  PromisedRun second(folder, 2);
  second.runner().resume(checkpoint);
  second.runner().train();
  EXPECT_THAT(second.warnings,
              testing::Contains("the checkpoint was made with " + std::to_string(threads + 1) +
                                " threads, this process has " + std::to_string(threads) +
                                ": sums are rounded in another order, so the run will not end with the same bits"));
  EXPECT_THAT(second.warnings, testing::Contains(HasSubstr("the checkpoint was made with abacus, this machine has ")));
}

TEST(RunPromises, WeightsAreInitialisedOnceAndNotByAResume) {
  const ScratchFolder folder;
  PromisedRun first(folder);
  first.runner().train();
  EXPECT_EQ(first.net->inits, 1);
  PromisedRun second(folder, 2);
  second.runner().resume(first.runner().checkpoint().snapshot());
  second.runner().train();
  EXPECT_EQ(second.net->inits, 0);
}

TEST(RunPromises, AnIterationLoopSwitchesTheModelOnceForAllItsIterations) {
  const ScratchFolder folder;
  const auto switches_in = [&](int64_t iterations) {
    PromisedRun run(folder, 1, [&](RunnerOptions& options) {
      options.train_cfg = use<IterBasedTrainLoop>({.max_iters = iterations});
    });
    run.runner().train();
    return run.net->switches;
  };
  EXPECT_EQ(switches_in(25), switches_in(5)) << "passes and iterations cost no switch";
}

TEST(RunPromises, ATrainingAndItsSavesStartNoProcess) {
  const ScratchFolder folder;
  const auto faults_of_children = [] {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_minflt;
  };
  const auto before = faults_of_children();
  PromisedRun run(folder);
  run.runner().add_hook(std::make_shared<CheckpointHook>(CheckpointHook::Options{.interval = 1}));
  run.runner().train();
  EXPECT_EQ(faults_of_children(), before);
}

TEST(RunPromises, ReadingTheEpochTouchesNoData) {
  class Untouchable final : public Dataset {
   public:
    int64_t size() const override { return 60; }
    Sample get(int64_t) const override { throw Error("touched"); }
  };
  const ScratchFolder folder;
  PromisedRun run(folder, 1,
                  [](RunnerOptions& options) { options.train_dataloader->dataset = std::make_shared<Untouchable>(); });
  EXPECT_EQ(run.runner().epoch(), 0);
  EXPECT_EQ(run.runner().iter(), 0);
}

TEST(RunPromises, TwoRunnersOfOneSecondShareNothing) {
  const ScratchFolder folder;
  PromisedRun first(folder), second(folder);
  EXPECT_NE(first.runner().run_folder().path(), second.runner().run_folder().path());
  EXPECT_NE(&first.runner().hub(), &second.runner().hub());
  first.runner().train();
  EXPECT_EQ(second.runner().hub().find_scalar("train/loss"), std::nullopt);
}

TEST(RunPromises, AHookSeesTheBackwardPassAndTheStepOfAnIteration) {
  class Points final : public Hook {
   public:
    void before_train_iter(TrainIter&) override { seen.push_back("before_train_iter"); }
    void before_backward(OptimPoint&) override { seen.push_back("before_backward"); }
    void after_backward(OptimPoint&) override { seen.push_back("after_backward"); }
    void before_optim_step(OptimPoint&) override { seen.push_back("before_optim_step"); }
    void after_optim_step(OptimPoint&) override { seen.push_back("after_optim_step"); }
    void after_train_iter(TrainIter& point) override {
      seen.push_back("after_train_iter");
      point.runner.request_stop("one is enough");
    }
    std::vector<std::string> seen;
  };
  const ScratchFolder folder;
  PromisedRun run(folder, 1,
                  [](RunnerOptions& options) { options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 5}); });
  const auto points = std::make_shared<Points>();
  run.runner().add_hook(points);
  run.runner().train();
  EXPECT_THAT(points->seen, ElementsAre("before_train_iter", "before_backward", "after_backward", "before_optim_step",
                                        "after_optim_step", "after_train_iter"));
}

TEST(RunPromises, TheStateOfAHookOutlivesAResume) {
  class Counter final : public Hook {
   public:
    void after_train_iter(TrainIter&) override { ++count; }
    State state_dict() const override { return State::dict({{"count", count}}); }
    void load_state_dict(const State& state) override { count = state.at("count").integer(); }
    int64_t count = 0;
  };
  const ScratchFolder folder;
  PromisedRun first(folder);
  first.runner().add_hook(std::make_shared<Counter>());
  first.runner().train();
  PromisedRun second(folder, 2);
  const auto counter = std::make_shared<Counter>();
  second.runner().add_hook(counter);
  second.runner().resume(first.runner().checkpoint().snapshot());
  second.runner().train();
  EXPECT_EQ(counter->count, 12);
}

std::vector<std::string> mistakes_of_config(const std::string& text) {
  std::vector<std::string> texts;
  for (const Error& error :
       check_run_config(Config::from_string(text, Config::Format::python, "c.py")).mistakes.sorted())
    texts.emplace_back(error.what());
  return texts;
}

TEST(RunPromises, IntervalsThatChangeMayBeListsAndADeleteMarkIsNoKey) {
  EXPECT_THAT(mistakes_of_config("train_cfg = dict(max_epochs=9, dynamic_intervals=[[1, 2], [5, 1]])\n"), IsEmpty());
  EXPECT_THAT(mistakes_of_config("train_cfg = dict(max_epochs=9, _delete_=True)\n"), IsEmpty());
}

TEST(RunPromises, BuildingChangesNothingInAConfig) {
  const Config config = Config::from_string("hook = dict(type='CheckpointHook', save_best=['loss', 'accuracy'])\n",
                                            Config::Format::python, "c.py");
  const std::string before = config.tree.repr(1000);
  Hook::Registry::build(*config.tree.find("hook"), "");
  Hook::Registry::build(*config.tree.find("hook"), "");
  EXPECT_EQ(config.tree.repr(1000), before);
}

}  // namespace
}  // namespace millrace
