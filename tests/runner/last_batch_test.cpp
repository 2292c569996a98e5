#include "millrace/runner/last_batch.h"

#include <ATen/ops/mse_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::ThrowsMessage;

class NormNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    ++steps;
    const at::Tensor y = body_(batch.tensor(keys::inputs));
    return {{"loss"_key, at::mse_loss(y, at::ones_like(y))}};
  }
  void predict(Batch&) override {}
  nn::Sequential& body() { return body_; }
  int64_t steps = 0;

 private:
  nn::Sequential body_ = register_module("body", nn::Sequential{nn::Linear(4, 8), nn::BatchNorm1d(8)});
};

struct Run {
  int64_t samples = 9;
  Component<TrainLoop> loop = use<EpochBasedTrainLoop>({.max_epochs = 1});
  bool drop_last = false;
  bool is_frozen = false;
};

/// Trains in batches of 4; gives the number of steps.
int64_t steps_under(const Run& run) {
  const ScratchFolder folder;
  const auto net = std::make_shared<NormNet>();
  if (run.is_frozen)
    for (nn::BatchNormBase* norm : nn::batch_norms(*net)) norm->set_statistics(nn::NormStatistics::fixed);
  RunnerOptions options{.model = net, .work_dir = folder.path().string()};
  options.train_dataloader = {
      .dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{keys::inputs, at::ones({run.samples, 4})}}),
      .batch_size = 4,
      .drop_last = run.drop_last};
  options.train_cfg = run.loop;
  options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.01})});
  options.default_hooks.remove("checkpoint");
  options.randomness.seed = 5;
  try {
    Runner(std::move(options)).train();
  } catch (Error& error) {
    error.note(std::to_string(net->steps) + " steps");
    throw;
  }
  return net->steps;
}

TEST(LastBatchOfOne, IsRefusedAtTheFirstStepWhereABatchNormWouldGetOneValue) {
  EXPECT_THAT([] { steps_under({}); },
              ThrowsMessage<Error>("body.1: BatchNorm1d got input (4, 8), one value for each channel of a sample, and "
                                   "the last batch of an epoch has one sample: in training it needs more than one "
                                   "value\n  in iteration 1 of the training, 4 rows: inputs (4, 4) Float\n  1 steps\n"
                                   "  help: drop_last=True in train_dataloader"));
  EXPECT_THAT(
      [] { steps_under({.samples = 1}); },
      ThrowsMessage<Error>("body.1: BatchNorm1d got input (1, 8), one value for each channel: in training it "
                           "needs more than one\n  in iteration 1 of the training, 1 rows: inputs (1, 4) Float\n"
                           "  1 steps\n"
                           "  help: drop_last=True leaves out a last batch of one sample"));
}

TEST(LastBatchOfOne, IsNoHindranceWhereItDoesNotComeOrNoNormTakesItsStatistics) {
  EXPECT_EQ(steps_under({.samples = 10}), 3);
  EXPECT_EQ(steps_under({.drop_last = true}), 2);
  EXPECT_EQ(steps_under({.is_frozen = true}), 3);
  EXPECT_EQ(steps_under({.loop = use<IterBasedTrainLoop>({.max_iters = 2})}), 2);
  EXPECT_THROW(steps_under({.loop = use<IterBasedTrainLoop>({.max_iters = 3})}), Error);
}

}  // namespace
}  // namespace millrace
