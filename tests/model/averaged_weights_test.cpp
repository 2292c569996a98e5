#include "millrace/model/averaged_weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/lerp.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/model/averages/exponential_moving_average.h"
#include "millrace/model/base_model.h"
#include "millrace/model/weights.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Small and large tensors, one channels last, a tied one, buffers of both kinds.
class Mixed final : public BaseModel {
 public:
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch&) override {}
  at::Tensor small = register_parameter("small", at::randn({3, 5}));
  at::Tensor large = register_parameter("large", at::randn({101, 103}));
  at::Tensor last = register_parameter("last", at::randn({8, 5, 7, 3}).to(at::MemoryFormat::ChannelsLast));
  at::Tensor half = register_parameter("half", at::randn({700}).to(at::kBFloat16));
  at::Tensor tied = register_parameter("tied", small);
  at::Tensor mean = register_buffer("mean", at::randn({9}));
  at::Tensor count = register_buffer("count", at::arange(3));

  void change() {
    const at::NoGradGuard no_grad;
    for (const at::Tensor& each : {small, large, last, half, mean}) each.add_(at::randn(each.sizes()).to(each.dtype()));
    count.add_(1);
  }
};

class AveragedWeightsTest : public testing::Test {
 protected:
  explicit AveragedWeightsTest(ExponentialMovingAverage::Options options = {.momentum = 0.25})
      : average(std::make_shared<ExponentialMovingAverage>(options)) {}
  at::Tensor of(const std::string& name) { return average.state_dict(model).at("module." + name).tensor(); }

  Mixed model;
  AveragedWeights average;
};

TEST_F(AveragedWeightsTest, AreLerpedTensorByTensor) {
  average.update(model);
  const State before = state_dict(model.modules()).snapshot();
  model.change();
  average.update(model);
  const State after = state_dict(model.modules());
  for (const char* name : {"small", "large", "last", "half", "tied"}) {
    const double rtol = std::string(name) == "half" ? 1e-2 : 1e-6;
    EXPECT_THAT(of(name), AllClose(at::lerp(before.at(name).tensor(), after.at(name).tensor(), 0.25), {rtol, 1e-6}))
        << name;
  }
  EXPECT_EQ(average.steps(), 2);
}

TEST_F(AveragedWeightsTest, HaveTheBuffersOfTheModel) {
  average.update(model);
  model.change();
  average.update(model);
  EXPECT_TRUE(of("mean").is_alias_of(model.mean));
  EXPECT_TRUE(of("count").is_alias_of(model.count));
}

TEST_F(AveragedWeightsTest, ExchangeMemoryAndCopyNothing) {
  average.update(model);
  model.change();
  average.update(model);
  const State trained = state_dict(model.modules()).snapshot(), averages = average.state_dict(model).snapshot();
  const void* const weights = model.large.const_data_ptr();
  const void* const others = of("large").const_data_ptr();
  average.exchange();
  EXPECT_TRUE(average.is_exchanged());
  EXPECT_EQ(model.large.const_data_ptr(), others);
  for (const State::Item& item : state_dict(model.modules()).entries())
    EXPECT_TRUE(item.value.equals(averages.at("module." + item.key.string()))) << item.key.string();
  average.exchange();
  EXPECT_EQ(model.large.const_data_ptr(), weights);
  EXPECT_TRUE(state_dict(model.modules()).equals(trained));
  EXPECT_TRUE(average.state_dict(model).equals(averages));
}

TEST_F(AveragedWeightsTest, GoOnFromTheirState) {
  average.update(model);
  model.change();
  average.update(model);
  AveragedWeights second(
      std::make_shared<ExponentialMovingAverage>(ExponentialMovingAverage::Options{.momentum = 0.25}));
  second.load_state_dict(model, average.state_dict(model).snapshot(), true, "memory");
  EXPECT_TRUE(second.state_dict(model).equals(average.state_dict(model)));
  model.change();
  average.update(model);
  second.update(model);
  EXPECT_TRUE(second.state_dict(model).equals(average.state_dict(model)));
}

TEST_F(AveragedWeightsTest, RefuseAnotherModelsStateIfStrict) {
  average.update(model);
  State state = average.state_dict(model).snapshot();
  state.erase("module.large");
  EXPECT_THAT([&] { average.load_state_dict(model, state, true, "a.pth"); },
              ThrowsMessage<Error>(HasSubstr("a.pth: 1 of 7 tensors")));
  const WeightsMatch match = average.load_state_dict(model, state, false, "a.pth");
  EXPECT_THAT(match.missing, testing::ElementsAre("large"));
}

TEST_F(AveragedWeightsTest, TakeNoMemoryBeforeTheyBegin) {
  average.exchange();
  average.exchange();
  EXPECT_TRUE(of("large").is_alias_of(model.large));
  EXPECT_EQ(average.state_dict(model).at("steps").tensor().item<int64_t>(), 0);
}

class AveragedBuffers : public AveragedWeightsTest {
 protected:
  AveragedBuffers() : AveragedWeightsTest({.momentum = 0.25, .common = {.update_buffers = true}}) {}
};

TEST_F(AveragedBuffers, AreTheFloatingPointOnes) {
  average.update(model);
  const at::Tensor before = model.mean.clone();
  model.change();
  average.update(model);
  EXPECT_THAT(of("mean"), AllClose(at::lerp(before, model.mean, 0.25), {1e-6, 1e-6}));
  EXPECT_TRUE(of("count").is_alias_of(model.count));
}

}  // namespace
}  // namespace millrace
