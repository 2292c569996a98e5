#include "millrace/nn/layers.h"

#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::ElementsAre;

/// The blocks of a small ResNet, called through holders.
struct ShortcutBlockImpl : torch::nn::Module {
  ShortcutBlockImpl(int64_t in, int64_t out)
      : conv1(register_module("conv1", nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1).bias(false)))),
        bn1(register_module("bn1", nn::BatchNorm2d(out))),
        relu(register_module("relu", nn::ReLU())),
        downsample(register_module("downsample", nn::Sequential{nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)),
                                                                nn::BatchNorm2d(out)})) {}
  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = bn1(conv1(x));
    return relu(y + downsample(x));
  }
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::ReLU relu;
  nn::Sequential downsample;
};
MILLRACE_MODULE(ShortcutBlock);

class CallRecorder : public nn::CallObserver {
 public:
  void before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) override {
    calls.push_back("> " + view_of(module).type_name + " " + std::to_string(inputs.size()));
  }
  void after_call(torch::nn::Module& module, std::span<const at::Tensor>,
                  std::span<const at::Tensor> outputs) override {
    calls.push_back("< " + view_of(module).type_name + " " + std::to_string(outputs[0].size(1)));
  }
  std::vector<std::string> calls;
};

std::vector<std::string> state_names(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& each : view_of(module).state()) names.push_back(each.name);
  return names;
}

TEST(Layers, HaveTheStateDictNamesOfPyTorch) {
  EXPECT_THAT(state_names(*nn::Conv2d(3, 4, 3)), ElementsAre("weight", "bias"));
  EXPECT_THAT(state_names(*nn::Conv2d(nn::Conv2dOptions(3, 4, 3).bias(false))), ElementsAre("weight"));
  EXPECT_THAT(state_names(*nn::Linear(3, 4)), ElementsAre("weight", "bias"));
  EXPECT_THAT(state_names(*nn::BatchNorm2d(3)),
              ElementsAre("weight", "bias", "running_mean", "running_var", "num_batches_tracked"));
  EXPECT_THAT(state_names(*nn::BatchNorm1d(nn::BatchNormOptions(3).affine(false))),
              ElementsAre("running_mean", "running_var", "num_batches_tracked"));
  EXPECT_THAT(state_names(*nn::LayerNorm(nn::LayerNormOptions({3}))), ElementsAre("weight", "bias"));
  EXPECT_THAT(state_names(*nn::Embedding(5, 3)), ElementsAre("weight"));
  EXPECT_THAT(state_names(*nn::PReLU()), ElementsAre("weight"));
  EXPECT_THAT(state_names(*nn::ReLU()), ElementsAre());
}

TEST(Layers, OfASequentialAreNumbered) {
  nn::Sequential net{nn::Conv2d(1, 2, 3), nn::ReLU(), nn::Sequential{nn::Linear(2, 2)}};
  net->push_back("head", nn::Linear(nn::LinearOptions(2, 3).bias(false)));
  EXPECT_THAT(state_names(*net), ElementsAre("0.weight", "0.bias", "2.0.weight", "2.0.bias", "head.weight"));
}

TEST(Layers, GiveWhatLibtorchsOwnGive) {
  const nn::Conv2d conv(nn::Conv2dOptions(3, 4, 3).stride(2).padding(1).groups(1));
  const at::Tensor x = at::rand({2, 3, 8, 8});
  const torch::nn::Conv2d same(conv.ptr());
  EXPECT_THAT(conv(x), SameTensor(torch::nn::Conv2d(same)(x)));
}

TEST(CallObserver, SeesEveryCallNestedAndInsideSequential) {
  ShortcutBlock block(3, 4);
  CallRecorder recorder;
  {
    const nn::CallObserver::Scope scope(recorder);
    block(at::rand({2, 3, 6, 6}));
  }
  EXPECT_THAT(recorder.calls,
              ElementsAre("> ShortcutBlock 1", "> Conv2d 1", "< Conv2d 4", "> BatchNorm2d 1", "< BatchNorm2d 4",
                          "> Sequential 1", "> Conv2d 1", "< Conv2d 4", "> BatchNorm2d 1", "< BatchNorm2d 4",
                          "< Sequential 4", "> ReLU 1", "< ReLU 4", "< ShortcutBlock 4"));
}

TEST(CallObserver, EndsWithItsScopeAndGivesWayToAnInnerOne) {
  nn::Identity identity;
  CallRecorder outer, inner;
  const at::Tensor x = at::rand({1, 1});
  {
    const nn::CallObserver::Scope a(outer);
    {
      const nn::CallObserver::Scope b(inner);
      identity(x);
    }
    identity(x);
  }
  identity(x);
  EXPECT_EQ(outer.calls.size(), 2u);
  EXPECT_EQ(inner.calls.size(), 2u);
  EXPECT_EQ(nn::CallObserver::current(), nullptr);
}

TEST(CallObserver, DoesNotChangeWhatACallGives) {
  ShortcutBlock block(3, 4);
  block->eval();
  const at::Tensor x = at::rand({2, 3, 6, 6});
  const at::Tensor alone = block(x);
  CallRecorder recorder;
  const nn::CallObserver::Scope scope(recorder);
  EXPECT_THAT(block(x), SameTensor(alone));
}

struct TwoInputsImpl : torch::nn::Module {
  std::tuple<at::Tensor, std::vector<at::Tensor>> forward(const at::Tensor& a, const std::vector<at::Tensor>& rest,
                                                          int64_t) {
    return {a, rest};
  }
};
MILLRACE_MODULE(TwoInputs);

TEST(CallObserver, SeesTheTensorsAmongOtherArgumentsAndInListsAndTuples) {
  TwoInputs module;
  CallRecorder recorder;
  const nn::CallObserver::Scope scope(recorder);
  const at::Tensor x = at::rand({1, 7});
  module(x, std::vector<at::Tensor>{x, x}, int64_t{3});
  EXPECT_THAT(recorder.calls, ElementsAre("> TwoInputs 3", "< TwoInputs 7"));
}

TEST(BatchNorm, KeepsFixedStatisticsInTraining) {
  nn::BatchNorm2d norm(3);
  norm->running_mean.fill_(0.5);
  norm->running_var.fill_(4);
  norm->set_statistics(nn::NormStatistics::fixed);
  const at::Tensor x = at::rand({2, 3, 4, 4});
  EXPECT_THAT(norm(x), AllClose((x - 0.5) / std::sqrt(4 + 1e-5), {.rtol = 1e-5, .atol = 1e-6}));
  EXPECT_EQ(norm->running_mean[0].item<double>(), 0.5);
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 0);
  norm->set_statistics(nn::NormStatistics::batch);
  EXPECT_NEAR(norm(x).mean().item<double>(), 0, 1e-5);
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
}

TEST(BatchNorm, EqualsLibtorchsInBothModes) {
  for (const std::optional<double> momentum : {std::optional<double>(0.1), std::optional<double>()}) {
    nn::BatchNorm2d ours(nn::BatchNormOptions(3).momentum(momentum));
    torch::nn::BatchNorm2d theirs(torch::nn::BatchNormOptions(3).momentum(momentum));
    for (int step = 0; step < 3; ++step) {
      const at::Tensor x = at::rand({4, 3, 5, 5});
      EXPECT_THAT(ours(x), SameTensor(theirs(x)));
    }
    EXPECT_THAT(ours->running_var, SameTensor(theirs->running_var));
    EXPECT_THAT(ours->num_batches_tracked, SameTensor(theirs->num_batches_tracked));
    ours->eval(), theirs->eval();
    const at::Tensor x = at::rand({4, 3, 5, 5});
    EXPECT_THAT(ours(x), SameTensor(theirs(x)));
  }
}

TEST(BatchNorm, IsFoundInAWholeNetwork) {
  ShortcutBlock block(3, 4);
  EXPECT_EQ(nn::batch_norms(*block).size(), 2u);
}

}  // namespace
}  // namespace millrace
