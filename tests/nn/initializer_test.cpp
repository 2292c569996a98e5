#include "millrace/nn/initializer.h"
#include "millrace/tensor/process.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/nn/fan_initializers.h"
#include "millrace/nn/initializers.h"
#include "millrace/nn/layers.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int64_t kOut = 128, kIn = 64, kArea = 9;

double std_of(const at::Tensor& tensor) { return tensor.std().item<double>(); }
at::Tensor empty_weight() {
  seed_generators(0);
  return at::zeros({kOut, kIn, 3, 3});
}
/// Four standard errors of the standard deviation of so many draws (1 / sqrt(2 N) of it).
void expect_std(const at::Tensor& w, double expected) {
  EXPECT_NEAR(std_of(w), expected, 4 * expected / std::sqrt(2.0 * static_cast<double>(w.numel())));
}

TEST(Init, DrawsTheSpreadOfTheFormula) {
  at::Tensor w = empty_weight();
  nn::init::kaiming_(w);
  expect_std(w, std::sqrt(2.0 / (kOut * kArea)));
  nn::init::kaiming_(w, 1, nn::init::FanMode::fan_in, nn::init::Nonlinearity::leaky_relu,
                     nn::init::Distribution::uniform);
  expect_std(w, std::sqrt(1.0 / (kIn * kArea)));
  EXPECT_LE(w.abs().max().item<double>(), std::sqrt(3.0 / (kIn * kArea)) + 1e-7);
  nn::init::xavier_(w, 2.0);
  expect_std(w, 2 * std::sqrt(2.0 / ((kIn + kOut) * kArea)));
  nn::init::normal_(w, 3, 0.5);
  EXPECT_NEAR(w.mean().item<double>(), 3, 0.01);
  EXPECT_NEAR(std_of(w), 0.5, 0.01);
}

TEST(Init, CutsTheTruncatedNormalAtItsBounds) {
  at::Tensor w = empty_weight();
  nn::init::trunc_normal_(w, 0, 1, -0.5, 2);
  EXPECT_GE(w.min().item<double>(), -0.5);
  EXPECT_LE(w.max().item<double>(), 2);
  // Mean of a normal cut at a and b: (phi(a) - phi(b)) / (Phi(b) - Phi(a)).
  EXPECT_NEAR(w.mean().item<double>(), (0.352065 - 0.053991) / (0.977250 - 0.308538), 0.01);
}

TEST(Init, OfABiasAnswersTheProbability) {
  EXPECT_NEAR(1 / (1 + std::exp(-nn::init::bias_of_prob(0.01))), 0.01, 1e-12);
}

TEST(Init, OfAVectorByItsFanIsRefused) {
  EXPECT_THAT([] { nn::init::xavier_(at::ones({3})); },
              ThrowsMessage<Error>(HasSubstr("a tensor of 1 dimensions has no fan")));
}

struct InitTree : torch::nn::Module {
  nn::Conv2d conv = register_module("conv", nn::Conv2d(2, 3, 3));
  nn::BatchNorm2d bn = register_module("bn", nn::BatchNorm2d(3));
  nn::Linear fc = register_module("fc", nn::Linear(3, 2));
};

TEST(Initializer, SetsLayersOfTheNamedClasses) {
  InitTree net;
  nn::init::Constant({.val = 7, .targets = {.layer = {"Conv2d", "_BatchNorm"}, .bias = 2}}).apply(view_of(net));
  EXPECT_THAT(net.conv->weight, SameTensor(at::ones({3, 2, 3, 3}) * 7));
  EXPECT_THAT(net.conv->bias, SameTensor(at::ones({3}) * 2));
  EXPECT_THAT(net.bn->weight, SameTensor(at::ones({3}) * 7));
  EXPECT_NE(net.fc->bias[0].item<double>(), 2);
}

TEST(Initializer, KnowsTheBaseNamesOfPyTorch) {
  InitTree net;
  nn::init::Constant({.val = 5, .targets = {.layer = "_ConvNd"}}).apply(view_of(net));
  EXPECT_THAT(net.conv->weight, SameTensor(at::ones({3, 2, 3, 3}) * 5));
  EXPECT_THAT(net.bn->weight, SameTensor(at::ones({3})));
}

TEST(Initializer, WithoutLayersSetsNothing) {
  InitTree net;
  const at::Tensor before = net.fc->weight.clone();
  nn::init::Constant({.val = 5}).apply(view_of(net));
  EXPECT_THAT(net.fc->weight, SameTensor(before));
}

TEST(Initializer, SaysWhichWeightItCannotSet) {
  InitTree net;
  EXPECT_THAT([&] { nn::init::Xavier({.targets = {.layer = "BatchNorm2d"}}).apply(view_of(net)); },
              ThrowsMessage<Error>(HasSubstr("while initialising bn.weight")));
}

struct WithInit : InitTree, nn::HasInit {
  explicit WithInit(nn::InitCfg init) { set_init(std::move(init)); }
};
struct Outer : torch::nn::Module, nn::HasInit {
  Outer(nn::InitCfg own, nn::InitCfg inner)
      : part(register_module("part", std::make_shared<WithInit>(std::move(inner)))) {
    set_init(std::move(own));
  }
  std::shared_ptr<WithInit> part;
};

TEST(Initializer, OfAPartGoesBeforeThatOfTheWhole) {
  using Many = OneOrMany<Component<nn::Initializer>>;
  const auto constant = [](double val, const char* layer) {
    return use<nn::init::Constant>({.val = val, .targets = {.layer = layer}});
  };
  Outer net(Many{constant(1, "Linear"), constant(2, "Conv2d")}, Many(constant(3, "Linear")));
  nn::init_weights(net);
  EXPECT_EQ(net.part->fc->weight[0][0].item<double>(), 3);
  EXPECT_EQ(net.part->conv->weight[0][0][0][0].item<double>(), 2);
}

Component<nn::Initializer> initializer_of(const Value& override) {
  Value config = Value::dict();
  config.as_dict().set("type", "Constant");
  config.as_dict().set("val", 1);
  config.as_dict().set("override", override);
  Binder binder;
  Component<nn::Initializer> bound;
  TypeOf<Component<nn::Initializer>>::bind(bound, config, binder);
  binder.throw_if_any();
  return bound;
}

TEST(Initializer, OverridesAllLayersOfASubmodule) {
  InitTree net;
  nn::init::Constant({.val = 7, .targets = {.override = nn::InitOverride{"bn"}}}).apply(view_of(net));
  EXPECT_THAT(net.bn->weight, SameTensor(at::ones({3}) * 7));
  nn::init::Constant(
      {.val = 7,
       .targets = {.layer = "Linear", .override = nn::InitOverride{"fc", use<nn::init::Constant>({.val = 9})}}})
      .apply(view_of(net));
  EXPECT_THAT(net.fc->weight, SameTensor(at::ones({2, 3}) * 9));
}

TEST(Initializer, RefusesAnOverrideThatFitsNothing) {
  Value override = Value::dict();
  override.as_dict().set("val", 3);
  EXPECT_THAT([&] { initializer_of(override); },
              ThrowsMessage<Error>(HasSubstr("Constant.override needs 'name', the submodule that it is for")));
  override.as_dict().set("name", "fd");
  EXPECT_THAT([&] { initializer_of(override); },
              ThrowsMessage<Error>(HasSubstr("Constant.override needs 'type', or no other key than 'name'")));
  override.as_dict().set("type", "Constant");
  const InitTree net;
  EXPECT_THAT(
      [&] { initializer_of(override).build()->apply(view_of(net)); },
      ThrowsMessage<Error>(HasSubstr("override names 'fd', which is no submodule of InitTree; did you mean 'fc'?\n"
                                     "  submodules: conv, bn, fc")));
}

struct OwnConv : torch::nn::Conv2dImpl {
  OwnConv() : Conv2dImpl(torch::nn::Conv2dOptions(1, 1, 1)) {}
};
TEST(Initializer, MatchesAClassOfYourOwnByItsLayer) {
  OwnConv conv;
  nn::init::Constant({.val = 5, .targets = {.layer = "Conv2d"}}).apply(view_of(conv));
  EXPECT_EQ(conv.weight.item<double>(), 5);
}

TEST(Initializer, IsMadeFromItsConfig) {
  Value config = Value::dict();
  config.as_dict().set("type", "Kaiming");
  config.as_dict().set("layer", Value::list({"Linear"}));
  config.as_dict().set("mode", "fan_in");
  config.as_dict().set("bias_prob", 0.5);
  InitTree net;
  nn::Initializer::Registry::build(config, "")->apply(view_of(net));
  EXPECT_THAT(net.fc->bias, AllClose(at::zeros({2}), {.atol = 1e-7}));
}

}  // namespace
}  // namespace millrace
