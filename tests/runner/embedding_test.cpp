#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "millrace/base/run_control.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/io/file.h"
#include "millrace/model/base_model.h"
#include "millrace/model/weights.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/adam.h"
#include "millrace/optim/loss_map.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/process.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// A network with dropout, whose steps may be counted and interrupted.
class StepNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    if (on_step) on_step(++steps);
    const at::Tensor scores = last_(drop_(first_(batch.tensor(keys::inputs))));
    return {{"loss", at::cross_entropy_loss(scores, batch.tensor(keys::gt_label))}};
  }
  void predict(Batch& batch) override { batch.set(keys::pred_score, Dense{last_(first_(batch.tensor(keys::inputs)))}); }

  std::function<void(int64_t)> on_step;
  int64_t steps = 0;

 private:
  nn::Linear first_ = register_module("first", nn::Linear(4, 8));
  nn::Dropout drop_ = register_module("drop", nn::Dropout(0.5));
  nn::Linear last_ = register_module("last", nn::Linear(8, 2));
};

/// What a host does with a Runner: instances, no terminal, no checkpoint files.
class HostedRun {
 public:
  explicit HostedRun(const std::filesystem::path& folder, int64_t epochs = 4) {
    seed_generators(1);
    net = std::make_shared<StepNet>();
    const at::Tensor points = at::randn({60, 4});
    RunnerOptions options{.model = net, .work_dir = folder.string()};
    options.train_dataloader = {.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{
                                    {keys::inputs, points}, {keys::gt_label, points.sum(1).gt(0).to(at::kLong)}}),
                                .batch_size = 10,
                                .num_workers = 2};
    options.train_cfg = component<EpochBasedTrainLoop>({.max_epochs = epochs});
    options.optim_wrapper = component<OptimWrapper>({.optimizer = component<Adam>({.lr = 0.01})});
    options.default_hooks.remove("checkpoint");
    options.randomness.seed = 5;
    RunSurroundings surroundings;
    surroundings.control = &control;
    runner.emplace(std::move(options), std::move(surroundings));
  }
  State weights() const { return state_dict(net->modules()).snapshot(); }

  std::shared_ptr<StepNet> net;
  RunControl control;
  std::optional<Runner> runner;
};

State through_memory(const State& checkpoint) {
  return load_checkpoint_file(*io::open_memory("memory", checkpoint_content(checkpoint)));
}

TEST(Embedding, ACancelReturnsWithinOneStep) {
  const ScratchFolder folder;
  HostedRun run(folder.path());
  run.net->on_step = [&](int64_t step) {
    if (step == 9) run.control.stop();
  };
  std::thread worker([&] { run.runner->train(); });
  worker.join();
  EXPECT_EQ(run.net->steps, 9) << "the running step is the last one";
  EXPECT_EQ(run.runner->iter(), 9);
  EXPECT_EQ(run.control.stop_reason(), RunControl::kCancel);
}

TEST(Embedding, ARunGoesOnFromACheckpointInMemoryAsIfItHadNeverStopped) {
  const ScratchFolder folder;
  HostedRun whole(folder.path() / "whole");
  whole.runner->train();

  HostedRun first(folder.path() / "first");
  first.net->on_step = [&](int64_t step) {
    if (step == 9) first.control.stop();
  };
  first.runner->train();
  const State checkpoint = through_memory(first.runner->checkpoint());
  EXPECT_EQ(checkpoint.at("meta").at("iter").integer(), 9);

  HostedRun second(folder.path() / "second");
  second.runner->resume(checkpoint);
  second.runner->train();
  EXPECT_EQ(second.runner->iter(), 24);
  EXPECT_EQ(second.runner->resumed_from(), "memory");
  EXPECT_TRUE(second.weights().equals(whole.weights()));
  EXPECT_FALSE(second.weights().equals(first.weights()));
}

TEST(Embedding, OneRunBehindAnotherHasTheBitsOfItsOwn) {
  const ScratchFolder folder;
  HostedRun first(folder.path());
  first.runner->train();
  HostedRun second(folder.path());
  second.runner->train();
  EXPECT_TRUE(first.weights().equals(second.weights()));
}

TEST(Embedding, WritesNoCheckpointFilesWhereTheHookIsTakenOut) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1);
  run.runner->train();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
    EXPECT_NE(entry.path().extension(), ".pth") << entry.path();
}

TEST(Embedding, KnowsTheHooksThatCanBeTakenOut) {
  DefaultHooks hooks;
  EXPECT_THAT([&] { hooks.remove("chekpoint"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("did you mean 'checkpoint'?")));
}

TEST(Embedding, HasNoCheckpointBeforeATraining) {
  const ScratchFolder folder;
  HostedRun run(folder.path());
  EXPECT_THAT([&] { run.runner->checkpoint(); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("before a training")));
  EXPECT_THAT(
      [&] {
        run.runner->resume(State::dict({{"state_dict", State::dict()}}));
      },
      testing::ThrowsMessage<Error>(testing::HasSubstr("holds weights alone")));
}

}  // namespace
}  // namespace millrace
