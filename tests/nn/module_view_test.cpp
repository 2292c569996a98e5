#include "millrace/nn/module_view.h"

#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/nn/layers.h"
#include "millrace/nn/memory_format.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::ElementsAre;

/// The names of torchvision's ResNet with one block a stage.
struct TinyResNet : torch::nn::Module {
  struct Block : torch::nn::Module {
    Block() {
      register_module("conv1", nn::Conv2d(nn::Conv2dOptions(4, 4, 3).groups(4).bias(false)));
      register_module("bn1", nn::BatchNorm2d(4));
    }
  };
  TinyResNet() {
    register_module("conv1", nn::Conv2d(nn::Conv2dOptions(3, 4, 7).bias(false)));
    register_module("bn1", nn::BatchNorm2d(4));
    register_module("relu", nn::ReLU());
    register_module("maxpool", nn::MaxPool2d(3));
    nn::Sequential layer;
    layer->push_back(std::make_shared<Wrapped>());
    register_module("layer1", layer);
    register_module("drop", torch::nn::Dropout(0.5));
    register_module("embed", torch::nn::Embedding(3, 4));
    register_module("fc", torch::nn::Linear(4, 10));
  }
  struct Wrapped : Block {
    at::Tensor forward(const at::Tensor& x) { return x; }
  };
};

std::vector<std::string> names_of(const std::vector<ModuleView::Named>& tensors) {
  std::vector<std::string> names;
  for (const auto& each : tensors) names.push_back(each.name);
  return names;
}

TEST(ModuleView, NamesAndOrdersTensorsAsPyTorch) {
  const ModuleView view = view_of(TinyResNet());
  EXPECT_THAT(names_of(view.all_params()),
              ElementsAre("conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.bn1.weight",
                          "layer1.0.bn1.bias", "embed.weight", "fc.weight", "fc.bias"));
  EXPECT_THAT(names_of(view.state()),
              ElementsAre("conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
                          "bn1.num_batches_tracked", "layer1.0.conv1.weight", "layer1.0.bn1.weight",
                          "layer1.0.bn1.bias", "layer1.0.bn1.running_mean", "layer1.0.bn1.running_var",
                          "layer1.0.bn1.num_batches_tracked", "embed.weight", "fc.weight", "fc.bias"));
}

TEST(ModuleView, KnowsTheKindsOfLayers) {
  const ModuleView view = view_of(TinyResNet());
  std::vector<std::pair<std::string, ModuleKind>> kinds;
  view.walk([&](const ModuleView& each) { kinds.emplace_back(each.path + ":" + each.type_name, each.kind); });
  EXPECT_THAT(
      kinds,
      ElementsAre(
          std::pair(":TinyResNet", ModuleKind::other), std::pair("conv1:Conv2d", ModuleKind::conv),
          std::pair("bn1:BatchNorm2d", ModuleKind::norm), std::pair("relu:ReLU", ModuleKind::activation),
          std::pair("maxpool:MaxPool2d", ModuleKind::pooling), std::pair("layer1:Sequential", ModuleKind::container),
          std::pair("layer1.0:Wrapped", ModuleKind::other), std::pair("layer1.0.conv1:Conv2d", ModuleKind::conv),
          std::pair("layer1.0.bn1:BatchNorm2d", ModuleKind::norm), std::pair("drop:Dropout", ModuleKind::dropout),
          std::pair("embed:Embedding", ModuleKind::embedding), std::pair("fc:Linear", ModuleKind::linear)));
}

TEST(ModuleView, TellsDepthwiseConvolutions) {
  const ModuleView view = view_of(TinyResNet());
  EXPECT_TRUE(view.find("layer1.0.conv1")->depthwise);
  EXPECT_FALSE(view.find("conv1")->depthwise);
  EXPECT_TRUE(view_of(*nn::Conv2d(1, 3, 3)).depthwise);  // MMEngine: as many groups as input channels, be it one
  EXPECT_FALSE(view_of(*torch::nn::ConvTranspose2d(4, 1, 3)).depthwise);
}

TEST(ModuleView, CountsTheLayersBeforeAModule) {
  const ModuleView view = view_of(TinyResNet());
  std::vector<std::pair<std::string, int64_t>> depths;
  view.walk([&](const ModuleView& each) {
    if (!each.params.empty()) depths.emplace_back(each.path, each.depth);
  });
  EXPECT_THAT(depths, ElementsAre(std::pair("conv1", 0), std::pair("bn1", 1), std::pair("layer1.0.conv1", 2),
                                  std::pair("layer1.0.bn1", 3), std::pair("embed", 4), std::pair("fc", 5)));
  EXPECT_EQ(view.find("layer1.0")->depth, 2);
}

TEST(ModuleView, ClassifiesByTheNamesOfPythonsClasses) {
  const auto classified = [](const char* type, std::vector<int64_t> weight) {
    ModuleView view;
    view.type_name = bare_type_name(type);
    if (!weight.empty()) view.params.push_back({"weight", at::rand(weight)});
    view.classify(layer_type(view.type_name));
    return view;
  };
  const ModuleView depthwise = classified("__torch__.torch.nn.modules.conv.___torch_mangle_12.Conv2d", {8, 1, 3, 3});
  EXPECT_EQ(depthwise.layer, "Conv2d");
  EXPECT_EQ(depthwise.kind, ModuleKind::conv);
  EXPECT_TRUE(depthwise.depthwise);
  EXPECT_EQ(classified("torch.nn.modules.batchnorm.SyncBatchNorm", {8}).kind, ModuleKind::norm);
  EXPECT_EQ(classified("torch.nn.modules.activation.Hardswish", {}).kind, ModuleKind::activation);
  EXPECT_EQ(classified("mmpretrain.models.backbones.resnet.Bottleneck", {}).kind, ModuleKind::other);
}

TEST(ModuleView, GivesAClassThatDerivesFromALayerTheKindOfTheLayer) {
  struct ScaledLinear : torch::nn::LinearImpl {
    ScaledLinear() : LinearImpl(2, 3) {}
  };
  const ModuleView view = view_of(ScaledLinear());
  EXPECT_EQ(view.type_name, "ScaledLinear");
  EXPECT_EQ(view.layer, "Linear");
  EXPECT_EQ(view.kind, ModuleKind::linear);
}

TEST(ModuleView, GivesASharedParameterOnceAndInTheStateUnderEachName) {
  struct Tied : torch::nn::Module {
    Tied() {
      auto fc = register_module("a", nn::Linear(2, 2));
      register_module("b", fc);
    }
  };
  const ModuleView view = view_of(Tied());
  EXPECT_THAT(names_of(view.all_params()), ElementsAre("a.weight", "a.bias"));
  EXPECT_THAT(names_of(view.state()), ElementsAre("a.weight", "a.bias", "b.weight", "b.bias"));
}

TEST(ModuleView, OfAPartNamesRelativeToIt) {
  const ModuleView view = view_of(TinyResNet());
  EXPECT_THAT(names_of(view.find("layer1.0")->all_params()), ElementsAre("conv1.weight", "bn1.weight", "bn1.bias"));
  EXPECT_EQ(view.find("layer2"), nullptr);
}

TEST(ModuleView, ShowsTheNetworksOwnTensors) {
  const nn::Linear fc(2, 2);
  view_of(*fc).all_params()[0].tensor.mutable_grad() = at::rand({2, 2});
  EXPECT_TRUE(fc->weight.grad().defined());
}

TEST(MemoryFormat, LaysWeightsOutChannelsLastAndKeepsThem) {
  nn::Sequential net{nn::Conv2d(3, 4, 3), nn::Conv2d(4, 8, 3)};
  const at::Tensor x = at::rand({2, 3, 8, 8});
  const at::Tensor expected = net(x);
  const at::Tensor weight = view_of(*net).all_params()[0].tensor;
  nn::to_channels_last(view_of(*net));
  EXPECT_TRUE(weight.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(weight.requires_grad() && weight.is_leaf());
  const at::Tensor y = net(x);
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_THAT(y.contiguous(), AllClose(expected, {.rtol = 1e-4, .atol = 1e-5}));
}

}  // namespace
}  // namespace millrace
