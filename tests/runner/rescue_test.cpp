// What an error leaves of a training.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <regex>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/eval/metric.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/io/file.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "tests/support/hosted_run.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// What fails, once, at its `at`-th call.
class Failure {
 public:
  explicit Failure(int64_t at) : at_(at) {}
  void call() {
    if (++calls_ == at_) throw Error("the disk is gone");
  }

 private:
  int64_t at_, calls_ = 0;
};

/// Fails at one point, before the other hooks or behind them.
class FailingHook final : public Hook {
 public:
  FailingHook(HookPoint point, int64_t at, int priority) : point_(point), failure_(at) { set_priority(priority); }
  void before_train_epoch(RunPoint&) override { at(HookPoint::before_train_epoch); }
  void after_train_epoch(RunPoint&) override { at(HookPoint::after_train_epoch); }
  void before_train_iter(TrainIter&) override { at(HookPoint::before_train_iter); }
  void after_train_iter(TrainIter&) override { at(HookPoint::after_train_iter); }
  void before_val(RunPoint&) override { at(HookPoint::before_val); }
  void after_val_iter(EvalIter&) override { at(HookPoint::after_val_iter); }
  void after_val_epoch(EvalEnd&) override { at(HookPoint::after_val_epoch); }
  void after_val(RunPoint&) override { at(HookPoint::after_val); }
  void before_save_checkpoint(CheckpointPoint&) override { at(HookPoint::before_save_checkpoint); }
  void before_backward(OptimPoint&) override { at(HookPoint::before_backward); }
  void after_backward(OptimPoint&) override { at(HookPoint::after_backward); }
  void after_optim_step(OptimPoint&) override { at(HookPoint::after_optim_step); }

 private:
  void at(HookPoint point) {
    if (point == point_) failure_.call();
  }
  HookPoint point_;
  Failure failure_;
};

/// Points on a line, of which one can't be read when it is asked for the `at`-th time.
class FailingDataset final : public Dataset {
 public:
  explicit FailingDataset(int64_t at) : failure_(at) {}
  int64_t size() const override { return 60; }
  Sample get(int64_t index) const override {
    failure_.call();
    Sample sample;
    sample.set(keys::inputs, at::full({4}, 0.1 * static_cast<double>(index % 7)));
    sample.set("gt_label"_key, at::scalar_tensor(index % 2, at::kLong));
    return sample;
  }

 private:
  mutable Failure failure_;
};

class CountingMetric final : public Metric {
 public:
  explicit CountingMetric(int64_t fails_at = 0) : Metric(""), failure_(fails_at) {}
  void process(const Batch& batch) override { rows_ += batch.size(); }
  State partial() const override { return rows_; }
  void absorb(const State& other) override { rows_ += other.integer(); }
  MetricMap compute() override {
    failure_.call();
    return {{"accuracy", static_cast<double>(rows_)}};
  }
  void reset() override { rows_ = 0; }

 private:
  Failure failure_;
  int64_t rows_ = 0;
};

/// Trainings of four epochs of six iterations with a validation behind each.
class Rescue : public testing::Test {
 protected:
  struct Run {
    std::string folder = "work";
    std::shared_ptr<Hook> hook = nullptr;
    int64_t data_fail_at = 0;
    int64_t metric_fails_at = 0;
    int64_t accumulates = 1;
    std::string resume = "";
    bool saves = true;
  };

  HostedRun& make(const Run& settings) {
    run_ = std::make_unique<HostedRun>(folder_.path() / settings.folder, 4, [&](RunnerOptions& options) {
      options.train_dataloader->dataset = std::make_shared<FailingDataset>(settings.data_fail_at);
      options.train_dataloader->num_workers = 0;
      options.val_dataloader = {.dataset = std::make_shared<FailingDataset>(0), .batch_size = 30};
      options.val_cfg = use<ValLoop>();
      options.val_evaluator = {std::make_shared<CountingMetric>(settings.metric_fails_at)};
      options.optim_wrapper =
          use<OptimWrapper>({.optimizer = use<Adam>({.lr = 0.01}), .accumulative_counts = settings.accumulates});
      options.param_scheduler = use<StepLR>({.step_size = 1, .gamma = 0.5});
      options.resume = settings.resume;
    });
    if (settings.saves)
      run_->runner->add_hook(std::make_shared<CheckpointHook>(CheckpointHook::Options{.interval = 2}));
    if (settings.hook) run_->runner->hooks().add(settings.hook);
    return *run_;
  }
  static std::shared_ptr<Hook> failing(HookPoint point, int64_t at, int priority = Hook::kVeryHigh) {
    const auto hook = std::make_shared<FailingHook>(point, at, priority);
    Hook::adopt(*hook);
    return hook;
  }

  /// What the error says that ends the training.
  std::string failure(const Run& settings) {
    HostedRun& run = make(settings);
    try {
      run.runner->train();
    } catch (const Error& error) {
      return folder_.shown(error.what());
    }
    return "";
  }
  std::string saved() const {
    return std::filesystem::path(io::read_file(folder_ / "work/last_checkpoint")).filename().string();
  }
  /// The records without times.
  std::string records(const std::string& folder) {
    std::string text;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / folder))
      if (entry.path().filename() == "scalars.json") text += io::read_file(entry.path().string());
    const std::regex times("\"(data_)?time\": [^,]*, ");
    return std::regex_replace(text, times, "");
  }
  /// Goes on from what the failed run left, and compares with a run that nothing disturbed.
  void expect_that_nothing_is_lost(const Run& failing, const std::string& message, const std::string& file) {
    EXPECT_THAT(failure(failing), EndsWith(message));
    ASSERT_EQ(saved(), file);
    const State resumed = [&] {
      HostedRun& run = make({.resume = folder_ / ("work/" + file)});
      run.runner->train();
      return run.weights();
    }();
    HostedRun& whole = make({.folder = "whole"});
    whole.runner->train();
    EXPECT_TRUE(resumed.equals(whole.weights()));
    EXPECT_EQ(records("work"), records("whole"));
    for (const char* folder : {"work", "whole"}) std::filesystem::remove_all(folder_.path() / folder);
  }

  ScratchFolder folder_;
  std::unique_ptr<HostedRun> run_;
};

TEST_F(Rescue, SavesARunThatAHookEndsBetweenTwoSteps) {
  using enum HookPoint;
  const auto at_iteration = [](int64_t iter) {
    const std::string number = std::to_string(iter);
    return "  saved up to iteration " + number + " in work/iter_" + number + ".pth";
  };
  const std::string at_epoch = "  saved up to iteration 6 in work/epoch_1.pth";
  for (const int priority : {Hook::kHighest, Hook::kLowest}) {
    expect_that_nothing_is_lost({.hook = failing(after_train_iter, 9, priority)}, at_iteration(9), "iter_9.pth");
    expect_that_nothing_is_lost({.hook = failing(after_train_iter, 6, priority)}, at_iteration(6), "iter_6.pth");
    expect_that_nothing_is_lost({.hook = failing(after_train_epoch, 1, priority)}, at_epoch, "epoch_1.pth");
    expect_that_nothing_is_lost({.hook = failing(before_train_epoch, 2, priority)}, at_epoch, "epoch_1.pth");
    expect_that_nothing_is_lost({.hook = failing(before_val, 1, priority)}, at_epoch, "epoch_1.pth");
    expect_that_nothing_is_lost({.hook = failing(after_val_iter, 1, priority)}, at_epoch, "epoch_1.pth");
    expect_that_nothing_is_lost({.hook = failing(after_val_epoch, 1, priority)}, at_epoch, "epoch_1.pth");
    expect_that_nothing_is_lost({.hook = failing(after_val, 1, priority)}, at_epoch, "epoch_1.pth");
  }
}

TEST_F(Rescue, SavesARunWhoseDataOrMetricsFail) {
  expect_that_nothing_is_lost({.data_fail_at = 85}, "  saved up to iteration 8 in work/iter_8.pth", "iter_8.pth");
  expect_that_nothing_is_lost({.metric_fails_at = 1}, "  saved up to iteration 6 in work/epoch_1.pth", "epoch_1.pth");
}

TEST_F(Rescue, NamesTheCheckpointThatIsThereAlready) {
  EXPECT_THAT(failure({.hook = failing(HookPoint::before_val, 2)}),
              EndsWith("  saved up to iteration 12 in work/epoch_2.pth"));
}

TEST_F(Rescue, SavesTheLastFinishedIterationWhereAForwardOrBackwardPassFails) {
  for (const HookPoint point : {HookPoint::before_backward, HookPoint::after_backward}) {
    EXPECT_THAT(failure({.hook = failing(point, 9)}), EndsWith("  saved up to iteration 8 in work/iter_8.pth"));
    const State left = load_checkpoint_file(folder_ / "work/iter_8.pth");
    HostedRun& whole = make({.folder = "whole"});
    whole.net->on_step = [&](int64_t step) {
      if (step == 8) whole.control.stop();
    };
    whole.runner->train();
    EXPECT_TRUE(left.at("state_dict").equals(whole.weights()));
    EXPECT_TRUE(left.at("optimizer").equals(load_checkpoint_file(folder_ / "whole/iter_8.pth").at("optimizer")));
  }
}

TEST_F(Rescue, SaysThatHalfAStepCannotBeSaved) {
  EXPECT_THAT(
      failure({.hook = failing(HookPoint::after_optim_step, 15)}),
      EndsWith("  what was trained up to iteration 14 is not saved: the optimizer was within a step, and half of "
               "one can't be gone on with; the newest checkpoint is work/epoch_2.pth"));
  EXPECT_THAT(failure({.folder = "mixed", .hook = failing(HookPoint::after_backward, 5), .accumulates = 4}),
              Not(HasSubstr("is not saved")))
      << "a group begins there";
  EXPECT_THAT(failure({.folder = "mixed", .hook = failing(HookPoint::after_backward, 6), .accumulates = 4}),
              HasSubstr("what was trained up to iteration 5 is not saved"));
  EXPECT_THAT(failure({.folder = "mixed", .hook = failing(HookPoint::before_train_iter, 6), .accumulates = 4}),
              HasSubstr("saved up to iteration 5"));
}

TEST_F(Rescue, SavesNoWeightsThatAreNotFinite) {
  HostedRun& run = make({.hook = failing(HookPoint::after_train_iter, 15)});
  run.net->on_step = [&](int64_t step) {
    const at::NoGradGuard no_grad;
    if (step == 15) run.net->parameters()[0].mul_(std::numeric_limits<float>::infinity());
  };
  EXPECT_THAT([&] { run.runner->train(); },
              testing::ThrowsMessage<Error>(HasSubstr("what was trained up to iteration 15 is not saved: the weights "
                                                      "are not finite: the first such tensor is first.weight")));
  EXPECT_EQ(saved(), "epoch_2.pth");
}

TEST_F(Rescue, DoesNotSaveAgainWhereSavingFailed) {
  EXPECT_THAT(failure({.hook = failing(HookPoint::before_save_checkpoint, 2)}),
              EndsWith("  what was trained up to iteration 24 is not saved: a checkpoint could not be written; the "
                       "newest checkpoint is work/epoch_2.pth"));
  EXPECT_EQ(saved(), "epoch_2.pth");
}

TEST_F(Rescue, SaysNothingWhereNothingIsLost) {
  EXPECT_THAT(failure({.data_fail_at = 3}), Not(HasSubstr("saved")));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "work/last_checkpoint"));
  EXPECT_THAT(failure({.hook = failing(HookPoint::after_train_iter, 9), .saves = false}),
              EndsWith("  what was trained up to iteration 9 is not saved: no hook saves"));
}

TEST_F(Rescue, TellsAllHooksThatFailedAtAPoint) {
  HostedRun& run = make({.hook = failing(HookPoint::after_train_iter, 2)});
  run.runner->add_hook(std::make_shared<FailingHook>(HookPoint::after_train_iter, 2, Hook::kLowest));
  EXPECT_THAT([&] { run.runner->train(); },
              testing::ThrowsMessage<Error>(testing::StartsWith(
                  "the disk is gone\n  in after_train_iter of FailingHook\n"
                  "  in after_train_iter of FailingHook, too: the disk is gone\n  saved up to iteration 2 in ")));
}

TEST(RescueOfRanks, SavesTheRunOfAllWhereOneFails) {
  using enum HookPoint;
  for (const HookPoint point :
       {before_train_iter, after_train_iter, after_train_epoch, after_val_iter, after_val_epoch}) {
    const ScratchFolder folder;
    const auto train = [&] {
      run_ranks(
          2, [&](int) { return line_options(folder.path() / "work"); },
          [&](Runner& runner, int rank) {
            if (rank == 1) runner.add_hook(std::make_shared<FailingHook>(point, 2, Hook::kVeryHigh));
            runner.train();
          });
    };
    EXPECT_THAT(train, testing::ThrowsMessage<Error>(testing::AllOf(testing::StartsWith("the disk is gone\n  in "),
                                                                    HasSubstr("saved up to iteration "),
                                                                    EndsWith("on rank 1 of 2"))))
        << hook_point_name(point);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "work/last_checkpoint"));
  }
}

TEST(RescueOfRanks, SavesNothingWhereOneFailsWithinAStep) {
  const ScratchFolder folder;
  EXPECT_THAT(
      [&] {
        run_ranks(
            2, [&](int) { return line_options(folder.path() / "work"); },
            [&](Runner& runner, int rank) {
              if (rank == 1)
                runner.add_hook(std::make_shared<FailingHook>(HookPoint::before_backward, 2, Hook::kNormal));
              runner.train();
            });
      },
      testing::ThrowsMessage<Error>(
          HasSubstr("what was trained up to iteration 1 is not saved: the ranks were within a step")));
}

}  // namespace
}  // namespace millrace
