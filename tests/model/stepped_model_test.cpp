#include "millrace/model/stepped_model.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/analysis/model_summary.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/model/weights.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

const Key kHeight("height"), kPredictedHeight("pred_height");

/// heights = x W^T + b, of two tensors and no module.
class TensorPlane final : public SteppedModel {
 public:
  LossMap loss(Batch& batch) override {
    return {{Key("loss"), at::mse_loss(forward(batch.tensor(keys::inputs)), batch.tensor(kHeight))}};
  }
  void predict(Batch& batch) override { batch.set(kPredictedHeight, Dense{forward(batch.tensor(keys::inputs))}); }
  at::Tensor forward(at::Tensor x) override { return at::linear(x, weight_, bias_); }
  ModuleView modules() const override {
    ModuleView view;
    view.type_name = "TensorPlane";
    view.training = training_;
    view.params = {{"weight", weight_}, {"bias", bias_}};
    return view;
  }
  void set_training(bool training) override { training_ = training; }
  bool is_training() const override { return training_; }

 private:
  at::Tensor weight_ = at::zeros({2, 3}).requires_grad_(), bias_ = at::zeros({2}).requires_grad_();
  bool training_ = true;
};

class Mute final : public SteppedModel {
 public:
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch&) override {}
  ModuleView modules() const override { return {}; }
  void set_training(bool) override {}
  bool is_training() const override { return false; }
};

TEST(SteppedModel, OfPlainTensorsIsTrainedByTheRunner) {
  seed_generators(1);
  const ScratchFolder folder;
  const at::Tensor slope = at::tensor({1.0F, 2.0F, 3.0F, -1.0F, 0.5F, 0.0F}).view({2, 3}), x = at::randn({64, 3});
  const auto model = std::make_shared<TensorPlane>();
  RunnerOptions options{.model = model, .work_dir = folder.path().string()};
  options.train_dataloader = {.dataset = std::make_shared<TensorDataset>(
                                  TensorDataset::Columns{{keys::inputs, x}, {kHeight, at::linear(x, slope) + 4}}),
                              .batch_size = 16};
  options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 40});
  options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.2})});
  Runner runner(std::move(options));
  runner.train();
  EXPECT_THAT(model->modules().params[0].tensor.detach(), AllClose(slope, {.rtol = 1e-3, .atol = 1e-3}));
  EXPECT_THAT(model->modules().params[1].tensor.detach(), AllClose(at::ones({2}) * 4, {.rtol = 1e-3}));

  TensorPlane other;
  const State file = load_checkpoint_file((folder.path() / "epoch_40.pth").string());
  load_weights(other.modules(), file, {.source = "epoch_40.pth"});
  EXPECT_THAT(other.modules().params[0].tensor, SameTensor(model->modules().params[0].tensor));
}

TEST(SteppedModel, OfPlainTensorsIsSummarised) {
  TensorPlane model;
  const ModelSummary summary = summarize(model, at::ones({1, 3}));
  EXPECT_EQ(summary.params, 2 * 3 + 2);
  EXPECT_EQ(summary.flops, 2 * 3);
  ASSERT_THAT(summary.layers, SizeIs(1));
  EXPECT_EQ(summary.layers[0].type, "TensorPlane");
  EXPECT_THAT(summary.unseen, IsEmpty());
  EXPECT_TRUE(model.is_training());
}

TEST(SteppedModel, KeepsItsTensorsWhereItMoves) {
  TensorPlane model;
  const at::Tensor weight = model.modules().params[0].tensor;
  model.to(c10::Device("cpu"));
  EXPECT_TRUE(model.modules().params[0].tensor.is_same(weight));
  EXPECT_EQ(model.device(), c10::Device("cpu"));
}

TEST(SteppedModel, WithoutAForwardIsNotCalledWithATensor) {
  Mute model;
  EXPECT_THAT([&] { model.forward(at::ones({1})); },
              ThrowsMessage<Error>("Mute has no forward: it cannot be called with a bare tensor"));
}

}  // namespace
}  // namespace millrace
