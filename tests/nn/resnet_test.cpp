#include "millrace/nn/resnet.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/nn/memory_format.h"
#include "millrace/nn/resnet_classifier.h"
#include "tests/support/all_close.h"
#include "tests/support/golden_resnet.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

void expect_torchvision(int64_t depth) {
  const auto net = std::make_shared<nn::ResNetClassifierImpl>(nn::ResNetClassifierImpl::Options{.depth = depth});
  net->to(at::kDouble);
  expect_golden_resnet(
      *net, [&](const at::Tensor& x) { return net->forward(x); }, golden_resnet("resnet" + std::to_string(depth)));
}

TEST(ResNetClassifier, OfDepth18IsTorchvisions) { expect_torchvision(18); }
TEST(ResNetClassifier, OfDepth34IsTorchvisions) { expect_torchvision(34); }
TEST(ResNetClassifier, OfDepth50IsTorchvisions) { expect_torchvision(50); }

TEST(ResNetClassifier, OfSmallImagesHasTheSizesOfThePaper) {
  // Table 6 of He et al. 2015 (0.27 to 1.7 million), to the last weight; our shortcuts have 2,752 where theirs have
  // none.
  const std::vector<std::pair<int64_t, int64_t>> sizes = {
      {20, 269722}, {32, 464154}, {44, 658586}, {56, 853018}, {110, 1727962}};
  for (const auto& [depth, size] : sizes) {
    const nn::ResNetClassifier net(
        nn::ResNetClassifierImpl::Options{.depth = depth, .num_classes = 10, .small_images = true});
    int64_t count = 0;
    for (const auto& param : view_of(*net).all_params()) count += param.tensor.numel();
    EXPECT_EQ(count, size + 2752) << depth;
  }
}

ResNet::Options narrow(int64_t depth = 18) { return {.depth = depth, .stem_channels = 8, .base_channels = 8}; }

at::Tensor param_of(const torch::nn::Module& net, const std::string& name) {
  for (const auto& entry : view_of(net).state())
    if (entry.name == name) return entry.tensor;
  return {};
}

TEST(ResNet, StartsItsBlocksAsTheirShortcuts) {
  const auto net = std::make_shared<ResNet>(narrow());
  nn::init_weights(*net);
  EXPECT_THAT(param_of(*net, "layer3.1.bn2.weight"), SameTensor(at::zeros({32})));
  EXPECT_THAT(param_of(*net, "layer3.1.bn1.weight"), SameTensor(at::ones({32})));
  EXPECT_THAT(param_of(*net, "layer3.0.downsample.1.weight"), SameTensor(at::ones({32})));
  // Kaiming of fan_out: sqrt(2 / (64 * 9)), within four standard errors of 36,864 draws.
  EXPECT_NEAR(param_of(*net, "layer4.1.conv2.weight").std().item<double>(), 0.0589256, 4 * 0.0589256 / 271.5);

  ResNet::Options options = narrow(50);
  options.zero_init_residual = false;
  const ResNet full(options);
  nn::init_weights(full);
  EXPECT_THAT(param_of(full, "layer1.0.bn3.weight"), SameTensor(at::ones({32})));
}

TEST(ResNet, KeepsFrozenStagesInEvaluationMode) {
  ResNet::Options options = narrow();
  options.frozen_stages = 1;
  ResNet net(options);
  net.train();
  const ModuleView view = view_of(net);
  EXPECT_FALSE(view.find("bn1")->training);
  EXPECT_FALSE(view.find("layer1.1.conv2")->training);
  EXPECT_TRUE(view.find("layer2.0.conv1")->training);
  EXPECT_FALSE(param_of(net, "layer1.0.conv1.weight").requires_grad());
  const at::Tensor before = param_of(net, "layer1.0.bn1.running_mean").clone();
  net.forward(at::rand({2, 3, 32, 32}));
  EXPECT_THAT(param_of(net, "layer1.0.bn1.running_mean"), SameTensor(before));
}

TEST(ResNet, DropsPathsInTrainingAlone) {
  ResNet::Options options = narrow();
  options.drop_path_rate = 0.5;
  ResNet net(options);
  const at::Tensor x = at::rand({4, 3, 64, 64});
  net.eval();
  EXPECT_THAT(net.forward(x).back(), SameTensor(net.forward(x).back()));
  net.train();
  EXPECT_FALSE(net.forward(x).back().equal(net.forward(x).back()));
  // The chance rises from 0 at the first block to 0.5 at the last: the first has no layer for it.
  EXPECT_EQ(view_of(net).find("layer1.0.drop_path"), nullptr);
  EXPECT_NE(view_of(net).find("layer4.1.drop_path"), nullptr);
}

TEST(ResNet, GivesTheSameInChannelsLast) {
  ResNet net(narrow());
  net.eval();
  const at::Tensor x = at::rand({2, 3, 64, 64}), y = net.forward(x).back();
  nn::to_channels_last(view_of(net));
  const at::Tensor last = net.forward(x.contiguous(at::MemoryFormat::ChannelsLast)).back();
  EXPECT_THAT(last, AllClose(y, {.rtol = 1e-4, .atol = 1e-4}));
  EXPECT_TRUE(last.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(ResNet, RefusesOptionsThatDoNotFit) {
  const auto made = [](ResNet::Options options) { return [options] { ResNet net(options); }; };
  EXPECT_THAT(made({.depth = 17}), ThrowsMessage<Error>("ResNet has no depth 17; there are 18, 34, 50, 101, 152"));
  EXPECT_THAT(made({.depth = 20}), ThrowsMessage<Error>(HasSubstr("help: type='ResNet_CIFAR'")));
  EXPECT_THAT(made({.depth = 18, .num_stages = 3, .strides = {{1, 2, 2, 2}}}),
              ThrowsMessage<Error>("ResNet has 3 stages, but 4 strides"));
  EXPECT_THAT(made({.depth = 18, .out_indices = std::vector<int64_t>{4}}),
              ThrowsMessage<Error>("ResNet has the stages 0 to 3, out_indices has 4"));
  EXPECT_THAT(made({.depth = 18, .expansion = 2}), ThrowsMessage<Error>(HasSubstr("has basic blocks, expansion is 2")));
  EXPECT_THAT([] { ResNet_CIFAR({.depth = 18, .deep_stem = true}); },
              ThrowsMessage<Error>(HasSubstr("ResNet_CIFAR has no deep_stem")));
  EXPECT_THAT([] { ResNeXt({.depth = 34}); }, ThrowsMessage<Error>("ResNeXt has no depth 34; there are 50, 101, 152"));
}

}  // namespace
}  // namespace millrace
