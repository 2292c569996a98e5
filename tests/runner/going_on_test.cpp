// What a second call of train() does, and several Runners beside and behind each other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "millrace/eval/metric.h"
#include "millrace/optim/optim_set.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Runs of 24 iterations whose net has no dropout: then weights depend on the updates alone.
class GoingOn : public testing::Test {
 protected:
  struct Plain final : BaseModel {
    LossMap loss(Batch& batch) override {
      ++steps;
      if (before) before(steps);
      return {{"loss"_key, at::cross_entropy_loss(fc(batch.tensor(keys::inputs)), batch.tensor("gt_label"_key))}};
    }
    LossMap train_step(Batch& batch, OptimSet& optims) override {
      LossMap losses = BaseModel::train_step(batch, optims);
      if (after) after(steps);
      return losses;
    }
    void predict(Batch&) override {}
    std::function<void(int64_t)> before, after;
    int64_t steps = 0;
    nn::Linear fc = register_module("fc", nn::Linear(4, 2));
  };

  struct Run {
    std::shared_ptr<Plain> net;
    std::unique_ptr<HostedRun> hosted;
    Runner& runner() { return *hosted->runner; }
    State weights() { return state_dict(net->modules()).snapshot(); }
  };
  Run make(const std::string& name, int64_t accumulates = 1) {
    Run run;
    seed_generators(1);
    run.net = std::make_shared<Plain>();
    run.hosted = std::make_unique<HostedRun>(folder_.path() / name, 4, [&](RunnerOptions& options) {
      options.model = run.net;
      options.optim_wrapper =
          use<OptimWrapper>({.optimizer = use<Adam>({.lr = 0.01}), .accumulative_counts = accumulates});
    });
    return run;
  }
  State unbroken(int64_t accumulates = 1) {
    Run run = make("unbroken", accumulates);
    run.runner().train();
    return run.weights();
  }

  const ScratchFolder folder_;
};

TEST_F(GoingOn, TrainGoesOnBehindACancelWithTheBitsOfAnUnbrokenRun) {
  for (const int64_t accumulates : {1, 4}) {
    Run run = make("cancelled", accumulates);
    run.net->before = [&](int64_t step) {
      if (step == 9) run.hosted->control.stop();
    };
    EXPECT_EQ(run.runner().train().stop_reason, RunControl::kCancel);
    EXPECT_EQ(run.runner().iter(), 9);
    EXPECT_EQ(run.runner().train().stop_reason, 0) << "the cancel was for the first call";
    EXPECT_EQ(run.net->steps, 24);
    EXPECT_TRUE(run.weights().equals(unbroken(accumulates)));
  }
}

TEST_F(GoingOn, TrainGoesOnBehindAStopOfAHook) {
  struct StopOnce final : Hook {
    void after_train_epoch(RunPoint& point) override {
      if (!std::exchange(has_stopped, true)) point.runner.request_stop("once");
    }
    bool has_stopped = false;
  };
  Run run = make("stopped");
  run.runner().add_hook(std::make_shared<StopOnce>());
  run.runner().train();
  EXPECT_EQ(run.runner().iter(), 6);
  run.runner().train();
  EXPECT_EQ(run.runner().iter(), 24);
  EXPECT_TRUE(run.weights().equals(unbroken()));
}

TEST_F(GoingOn, AnExceptionBeforeTheUpdateRepeatsTheIteration) {
  for (const int64_t accumulates : {1, 4}) {
    Run run = make("before", accumulates);
    run.net->before = [](int64_t step) {
      if (step == 9) throw Error("a pause");  // at the beginning of a group
    };
    EXPECT_THROW(run.runner().train(), Error);
    run.runner().train();
    EXPECT_EQ(run.net->steps, 25) << "iteration 9 twice";
    EXPECT_EQ(run.runner().iter(), 24);
    EXPECT_TRUE(run.weights().equals(unbroken(accumulates)));
  }
}

TEST_F(GoingOn, AnExceptionBehindTheUpdateDoesNotRepeatIt) {
  for (const int64_t accumulates : {1, 4}) {
    for (const int64_t failing : {1, 8, 11, 24}) {
      Run run = make("behind", accumulates);
      run.net->after = [&](int64_t step) {
        if (step == failing) throw Error("a pause");
      };
      EXPECT_THROW(run.runner().train(), Error);
      run.runner().train();
      // Where nothing but the first gradient of a group is lost, the iteration is made again.
      EXPECT_EQ(run.net->steps, accumulates == 4 && failing == 1 ? 25 : 24) << failing;
      EXPECT_EQ(run.runner().iter(), 24) << failing;
      EXPECT_TRUE(run.weights().equals(unbroken(accumulates))) << failing << ", " << accumulates;
    }
  }
}

TEST_F(GoingOn, AnExceptionOfAnObserverOfTheStepLeavesNoGradientBehind) {
  struct FailsBehindTheStep final : Hook {
    void after_optim_step(OptimPoint&) override {
      if (++steps == 5) throw Error("a pause");
    }
    int steps = 0;
  };
  Run run = make("observed");
  run.runner().add_hook(std::make_shared<FailsBehindTheStep>());
  EXPECT_THROW(run.runner().train(), Error);
  run.runner().train();
  EXPECT_TRUE(run.weights().equals(unbroken()));
}

TEST_F(GoingOn, ATrainingThatCouldNotBeBuiltIsBuiltAnew) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1, [](RunnerOptions& options) {
    options.optim_wrapper = {{"nobody", {use<OptimWrapper>({.optimizer = use<Adam>({.lr = 0.01})})}}};
  });
  for (int call = 0; call < 2; ++call)
    EXPECT_THAT([&] { run.runner->train(); }, ThrowsMessage<Error>(HasSubstr("the model has no child of that name")));
}

TEST_F(GoingOn, AFinishedTrainingSaysSo) {
  Run run = make("finished");
  run.runner().train();
  EXPECT_THAT([&] { run.runner().train(); },
              ThrowsMessage<Error>(HasSubstr("the training is finished: all its 4 epochs are done")));
  EXPECT_EQ(run.runner().iter(), 24);
}

TEST_F(GoingOn, AResumeIsOfTheTrainingThoughAValidationComesFirst) {
  struct Nothing final : Metric {
    Nothing() : Metric("") {}
    void process(const Batch&) override {}
    State partial() const override { return 0; }
    void absorb(const State&) override {}
    MetricMap compute() override { return {{"nothing", 0}}; }
    void reset() override {}
  };
  const auto validated = [](RunnerOptions& options) {
    options.val_dataloader = options.train_dataloader;
    options.val_cfg = use<ValLoop>();
    options.val_evaluator = {std::make_shared<Nothing>()};
  };
  HostedRun first(folder_.path() / "first", 2, validated);
  first.runner->train();
  HostedRun second(folder_.path() / "second", 4, validated);
  second.runner->resume(first.runner->checkpoint().snapshot());
  second.runner->val();
  second.runner->train();
  EXPECT_EQ(second.runner->summary().session_iters, 12) << "two of the four epochs were done";
}

TEST_F(GoingOn, AHookThatComesBetweenTwoCallsSeesTheSteps) {
  struct CountsSteps final : Hook {
    void after_optim_step(OptimPoint&) override { ++steps; }
    int steps = 0;
  };
  Run run = make("late");
  run.net->before = [&](int64_t step) {
    if (step == 9) run.hosted->control.stop();
  };
  run.runner().train();
  const auto hook = std::make_shared<CountsSteps>();
  run.runner().add_hook(hook);
  run.runner().train();
  EXPECT_EQ(hook->steps, 24 - 9);
}

TEST(RunControlOfSeveralRuns, ACancelEndsTheRunsThatGoOnAndNoLaterOne) {
  RunControl control;
  const uint64_t first = control.served(), second = control.served();
  EXPECT_EQ(control.stop_reason_since(first), 0);
  control.stop(15);
  EXPECT_EQ(control.stop_reason_since(first), 15);
  control.serve();
  EXPECT_EQ(control.stop_reason_since(second), 15) << "it runs beside the first";
  EXPECT_EQ(control.stop_reason_since(control.served()), 0) << "the next one";
  control.stop();
  EXPECT_EQ(control.stop_reason_since(control.served()), RunControl::kCancel) << "it came between two runs";
  EXPECT_EQ(control.stop_reason(), RunControl::kCancel);
}

/// A training in a thread of its own that waits in its third step until it may go on.
class WaitingTraining {
 public:
  WaitingTraining(const std::filesystem::path& folder, bool has_seed)
      : run(folder, 1, [&](RunnerOptions& options) {
          if (!has_seed) options.randomness.seed.reset();
        }) {
    run.net->on_step = [this](int64_t step) {
      if (step != 3) return;
      std::unique_lock lock(mutex);
      is_there = true;
      changed.notify_all();
      changed.wait(lock, [this] { return may_go_on; });
    };
    thread = std::thread([this] { run.runner->train(); });
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return is_there; });
  }
  ~WaitingTraining() {
    {
      const std::lock_guard lock(mutex);
      may_go_on = true;
    }
    changed.notify_all();
    thread.join();
  }

  HostedRun run;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_there = false, may_go_on = false;
  std::thread thread;
};

void without_seed(RunnerOptions& options) { options.randomness.seed.reset(); }

TEST(TwoRunnersAtOnce, AreRefusedInOneWorkDir) {
  const ScratchFolder folder;
  HostedRun second(folder.path(), 1, without_seed);
  const WaitingTraining first(folder.path(), false);
  EXPECT_THAT([&] { second.runner->train(); },
              ThrowsMessage<Error>(HasSubstr("the run " + first.run.runner->run_folder().name() +
                                             " of this process trains in this work dir")));
}

TEST(TwoRunnersAtOnce, AreRefusedWhereOneHasASeed) {
  const ScratchFolder folder;
  HostedRun second(folder.path() / "second", 1, without_seed);
  const WaitingTraining first(folder.path() / "first", true);
  EXPECT_THAT([&] { second.runner->train(); },
              ThrowsMessage<Error>(HasSubstr("both would draw from libtorch's default generators")));
  EXPECT_THAT([&] { HostedRun(folder.path() / "third", 1, without_seed); },
              ThrowsMessage<Error>(HasSubstr("both would draw")))
      << "a Runner that is made seeds them";
}

TEST(TwoRunnersAtOnce, TrainWithoutASeedInFoldersOfTheirOwn) {
  const ScratchFolder folder;
  HostedRun second(folder.path() / "second", 1, without_seed);
  const WaitingTraining first(folder.path() / "first", false);
  second.runner->train();
  EXPECT_EQ(second.runner->iter(), 6);
}

}  // namespace
}  // namespace millrace
