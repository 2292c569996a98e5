// A loop of the user's own, named by train_cfg.type: hooks, saving, resuming and validation come with TrainLoop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/config/config.h"
#include "millrace/data/data_loader.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/batch.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Trains on each batch several times, and validates after `steps` iterations.
class RepeatedBatchLoop final : public TrainLoop {
 public:
  struct Options {
    Required<int64_t> steps;
    int64_t times = 2;

    template <class Fields>
    static void describe(Fields& f) {
      f("steps", &Options::steps, "iterations").at_least(1);
      f("times", &Options::times, "iterations on each batch").at_least(1);
    }
  };
  RepeatedBatchLoop(Runner& runner, Options options)
      : TrainLoop(runner), options_(checked<RepeatedBatchLoop>(std::move(options))) {}
  static Facts facts_of(const Options& options) { return {.max_epochs = 1, .max_iters = *options.steps}; }

  int64_t max_epochs() const override { return 1; }
  int64_t max_iters() const override { return options_.steps; }
  bool by_epoch() const override { return false; }
  int64_t save_interval() const override { return 2; }

  void run() override {
    runner_.hooks().call<&Hook::before_train>(RunPoint{runner_});
    runner_.set_training(true);
    DataLoader& loader = runner_.loader(Mode::train);
    while (progress_.iter < options_.steps && !stopping()) {
      loader.start(0, progress_.iter / options_.times);
      Batch* batch = next_batch(loader);
      ASSERT_NE(batch, nullptr);
      run_iter(*batch, progress_.iter);
      loader.stop();
      if (progress_.iter == options_.steps) progress_.validation_due = runner_.validates();
      serve_requests(true);
    }
    validate_if_due();
    runner_.hooks().call<&Hook::after_train>(RunPoint{runner_});
  }

 private:
  Options options_;
};
MILLRACE_REGISTER(TrainLoop, RepeatedBatchLoop);

const std::string kConfig = R"(
model = dict(type='StandInModel')
train_dataloader = dict(
    batch_size=2, dataset=dict(type='StandInDataset', length=6), sampler=dict(type='DefaultSampler', shuffle=False))
val_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', length=5))
val_cfg = dict()
val_evaluator = dict(type='StandInMetric')
train_cfg = dict(type='RepeatedBatchLoop', steps=6, times=2)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5))
)";

RunnerOptions options_of(const std::string& text, const ScratchFolder& folder, RunSurroundings& surroundings) {
  RunnerOptions options =
      bind_run_config(Config::from_string(text, Config::Format::python, "own_loop.py"), surroundings);
  options.work_dir = folder.path().string();
  return options;
}

class LossNote final : public Hook {
 public:
  void after_train_iter(TrainIter& point) override { losses.push_back(point.losses->total().item<double>()); }
  std::vector<double> losses;
};

std::vector<double> trained(const std::string& text, const ScratchFolder& folder) {
  RunSurroundings surroundings;
  RunnerOptions options = options_of(text, folder, surroundings);
  Runner runner(std::move(options), std::move(surroundings));
  const auto note = std::make_shared<LossNote>();
  runner.add_hook(note);
  const RunSummary summary = runner.train();
  EXPECT_EQ(summary.metrics.find("stand_in/count")->integer(), 5);
  return note->losses;
}

TEST(OwnLoop, IsNamedByItsTypeAndRunsHooksAndTheValidation) {
  const ScratchFolder folder;
  // w = 1, then w -= 0.5 mean(x): batches (1, 2), (3, 4), (5, 6), each twice.
  EXPECT_THAT(trained(kConfig, folder), testing::ElementsAre(1.5, 0.375, -1.75, -7.875, -22, -37.125));
  EXPECT_TRUE(std::filesystem::exists(folder / "iter_6.pth"));
}

TEST(OwnLoop, GoesOnFromItsCheckpoint) {
  const ScratchFolder whole, parts;
  const std::vector<double> losses = trained(kConfig, whole);
  const std::string half = kConfig + "train_cfg = dict(type='RepeatedBatchLoop', steps=4, times=2)\n";
  EXPECT_EQ(trained(half, parts), std::vector(losses.begin(), losses.begin() + 4));
  EXPECT_EQ(trained(kConfig + "resume = True\n", parts), std::vector(losses.begin() + 4, losses.end()));
}

TEST(OwnLoop, IsCheckedLikeAnyComponent) {
  const ScratchFolder folder;
  RunSurroundings surroundings;
  const std::string text = kConfig + "train_cfg = dict(type='RepeatedBatchLoop', step=6)\n";
  EXPECT_THAT([&] { options_of(text, folder, surroundings); },
              ThrowsMessage<Error>(HasSubstr("RepeatedBatchLoop has no key 'step'; did you mean 'steps'?")));
}

}  // namespace
}  // namespace millrace
