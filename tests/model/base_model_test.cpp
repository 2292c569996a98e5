#include "millrace/model/base_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/nn/layers.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/sgd.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

const Key kAnswer("pred_answer");

/// y = w x, loss = mean y.
class Slope final : public BaseModel {
 public:
  Slope() : BaseModel(std::make_shared<ImgDataPreprocessor>()) {
    const at::NoGradGuard no_grad;
    fc_->weight.fill_(2);
  }
  LossMap loss(Batch& batch) override {
    static const Key kLoss("loss");
    return {{kLoss, run(batch).mean()}};
  }
  void predict(Batch& batch) override { batch.set(kAnswer, Dense{run(batch)}); }

 private:
  at::Tensor run(Batch& batch) { return fc_(batch.tensor(keys::inputs).flatten(1)); }
  nn::Linear fc_ = register_module("fc", nn::Linear(nn::LinearOptions(1, 1).bias(false)));
};

Batch one_pixel(double value) {
  Batch batch(2);
  batch.set(keys::img, Dense{at::full({2, 1, 1, 1}, value, at::kByte)});
  return batch;
}

TEST(BaseModel, TrainsByPreprocessingLossAndUpdate) {
  Slope model;
  OptimSet optims(
      std::make_shared<OptimWrapper>(model.modules(), OptimWrapper::Options{.optimizer = use<SGD>({.lr = 0.5})}));
  Batch batch = one_pixel(3);
  const LossMap losses = model.train_step(batch, optims);
  EXPECT_EQ(losses.total().item<double>(), 6);
  EXPECT_FALSE(losses.total().requires_grad());
  // d(3 w)/dw = 3, one step of 0.5.
  EXPECT_THAT(model.modules().all_params()[0].tensor, SameTensor(at::full({1, 1}, 2 - 0.5f * 3)));
}

TEST(BaseModel, ValidatesByPreprocessingAndPrediction) {
  Slope model;
  Batch batch = one_pixel(4);
  model.val_step(batch);
  EXPECT_THAT(batch.tensor(kAnswer), SameTensor(at::full({2, 1}, 8.0f)));
  Batch tested = one_pixel(4);
  model.test_step(tested);
  EXPECT_THAT(tested.tensor(kAnswer), SameTensor(at::full({2, 1}, 8.0f)));
}

TEST(BaseModel, SwitchesModesOfTheWholeTree) {
  Slope model;
  Model& seen = model;
  seen.set_training(false);
  EXPECT_FALSE(seen.is_training());
  EXPECT_FALSE(seen.modules().children.at(0).training);
}

TEST(BaseModel, ConvertsItsWeights) {
  Slope model;
  model.to(at::kDouble);
  EXPECT_EQ(model.modules().all_params()[0].tensor.scalar_type(), at::kDouble);
  model.to(c10::Device(c10::kCPU));
  EXPECT_EQ(model.device(), c10::Device(c10::kCPU));
}

TEST(BaseModel, WithoutAForwardSaysSo) {
  Slope model;
  EXPECT_THAT([&] { model.forward(at::ones({1})); }, ThrowsMessage<Error>(HasSubstr("Slope has no forward")));
}

}  // namespace
}  // namespace millrace
