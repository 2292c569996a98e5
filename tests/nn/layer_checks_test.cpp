#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "millrace/nn/drop_path.h"
#include "millrace/nn/layer_error.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/module_view.h"
#include "millrace/nn/recompute.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;
using Json = nlohmann::json;

struct Case {
  int64_t arg(size_t i) const { return json.at("args").at(i); }
  double number(size_t i) const { return json.at("args").at(i); }
  int64_t option(const char* name, int64_t otherwise) const { return json.at("kwargs").value(name, otherwise); }
  Json json;
};

template <class Norm>
nn::Layer batch_norm(const Case& it) {
  const Json& kwargs = it.json.at("kwargs");
  return Norm(nn::BatchNormOptions(it.arg(0))
                  .eps(kwargs.value("eps", 1e-5))
                  .track_running_stats(kwargs.value("track_running_stats", true)));
}

template <class Holder, class Options>
nn::Layer conv(const Case& it) {
  return Holder(Options(it.arg(0), it.arg(1), it.arg(2))
                    .padding(it.option("padding", 0))
                    .dilation(it.option("dilation", 1))
                    .stride(it.option("stride", 1))
                    .groups(it.option("groups", 1)));
}

template <class Holder, class Options>
nn::Layer transposed(const Case& it) {
  return Holder(
      Options(it.arg(0), it.arg(1), it.arg(2)).padding(it.option("padding", 0)).dilation(it.option("dilation", 1)));
}

template <class Holder, class Options>
nn::Layer pool(const Case& it) {
  return Holder(Options(it.arg(0)).padding(it.option("padding", 0)));
}

template <class Holder>
nn::Layer plain(const Case& it) {
  return Holder(it.arg(0));
}

const std::map<std::string, std::function<nn::Layer(const Case&)>> kLayers = {
    {"BatchNorm1d", batch_norm<nn::BatchNorm1d>},
    {"BatchNorm2d", batch_norm<nn::BatchNorm2d>},
    {"BatchNorm3d", batch_norm<nn::BatchNorm3d>},
    {"GroupNorm", [](const Case& it) { return nn::GroupNorm(it.arg(0), it.arg(1)); }},
    {"LayerNorm", [](const Case& it) { return nn::LayerNorm(nn::LayerNormOptions({it.arg(0)})); }},
    {"Conv1d", conv<nn::Conv1d, nn::Conv1dOptions>},
    {"Conv2d", conv<nn::Conv2d, nn::Conv2dOptions>},
    {"Conv3d", conv<nn::Conv3d, nn::Conv3dOptions>},
    {"ConvTranspose2d", transposed<nn::ConvTranspose2d, nn::ConvTranspose2dOptions>},
    {"Linear", [](const Case& it) { return nn::Linear(it.arg(0), it.arg(1)); }},
    {"MaxPool1d", pool<nn::MaxPool1d, nn::MaxPool1dOptions>},
    {"MaxPool2d", pool<nn::MaxPool2d, nn::MaxPool2dOptions>},
    {"AvgPool1d", pool<nn::AvgPool1d, nn::AvgPool1dOptions>},
    {"AvgPool2d", pool<nn::AvgPool2d, nn::AvgPool2dOptions>},
    {"AdaptiveAvgPool2d", plain<nn::AdaptiveAvgPool2d>},
    {"AdaptiveMaxPool2d", plain<nn::AdaptiveMaxPool2d>},
    {"Dropout", [](const Case& it) { return nn::Dropout(it.number(0)); }},
    {"Dropout2d", [](const Case& it) { return nn::Dropout2d(it.number(0)); }},
    {"Embedding", [](const Case& it) { return nn::Embedding(it.arg(0), it.arg(1)); }},
    {"Softmax", plain<nn::Softmax>},
    {"LogSoftmax", plain<nn::LogSoftmax>},
    {"PReLU", [](const Case& it) { return nn::PReLU(nn::PReLUOptions().num_parameters(it.arg(0))); }},
};

at::Tensor input_of(const Case& it) {
  const Json& shape = it.json.at("shape");
  if (it.json.at("layer") != "Embedding") return at::ones(shape.get<std::vector<int64_t>>());
  if (!shape[0].is_array()) return at::tensor(shape.get<std::vector<int64_t>>());
  std::vector<int64_t> all;
  for (const Json& row : shape) all.insert(all.end(), row.begin(), row.end());
  return at::tensor(all).view({static_cast<int64_t>(shape.size()), -1});
}

TEST(LayerChecks, RefuseWhatPyTorchRefuses) {
  std::ifstream file(source_path("/tests/nn/layer_checks.json"));
  for (const Json& json : Json::parse(file)) {
    SCOPED_TRACE(json.dump());
    const Case it{json};
    nn::Layer layer;
    const auto make = [&] {
      layer = kLayers.at(json.at("layer"))(it);
      layer.module()->train(json.at("training").get<bool>());
    };
    if (json.at("refuses") == "layer") {
      EXPECT_ANY_THROW(make());
      continue;
    }
    make();
    if (json.at("refuses") == "call") EXPECT_THROW(layer(input_of(it)), nn::LayerError);
    else EXPECT_NO_THROW(layer(input_of(it)));
  }
}

struct Said {
  nn::Layer layer;
  std::vector<int64_t> shape;
  const char* text;
};

TEST(LayerChecks, SayWhatTheLayerTakesAndWhichOptionMendsIt) {
  const std::vector<Said> all = {
      {nn::Conv2d(3, 8, 3), {2, 1, 8, 8}, "Conv2d got input (2, 1, 8, 8), in_channels is 3\n  help: in_channels=1"},
      {nn::Conv2d(3, 8, 3), {2, 8}, "Conv2d got input (2, 8), it takes (N, C, H, W) or (C, H, W)"},
      {nn::Conv2d(nn::Conv2dOptions(3, 8, 5).padding(1)),
       {2, 3, 8, 2},
       "Conv2d got input (2, 3, 8, 2), which is 4 with its padding: the kernel covers 5\n"
       "  help: larger inputs, or a smaller kernel_size"},
      {nn::ConvTranspose1d(3, 8, 3),
       {2, 4, 8},
       "ConvTranspose1d got input (2, 4, 8), in_channels is 3\n  help: in_channels=4"},
      {nn::Linear(2048, 10), {64, 512}, "Linear got input (64, 512), in_features is 2048\n  help: in_features=512"},
      {nn::BatchNorm2d(8),
       {1, 8, 1, 1},
       "BatchNorm2d got input (1, 8, 1, 1), one value for each channel: in training it needs more than one\n"
       "  help: drop_last=True leaves out a last batch of one sample"},
      {nn::BatchNorm2d(8),
       {2, 4, 2, 2},
       "BatchNorm2d got input (2, 4, 2, 2), num_features is 8\n  help: num_features=4"},
      {nn::BatchNorm2d(8), {2, 8}, "BatchNorm2d got input (2, 8), it takes (N, C, H, W)"},
      {nn::BatchNorm1d(nn::BatchNormOptions(8).eps(0)),
       {2, 8},
       "BatchNorm1d got input (2, 8), eps is 0: in training it is above 0\n  help: eps=1e-5"},
      {nn::GroupNorm(2, 8), {2, 6, 2}, "GroupNorm got input (2, 6, 2), num_channels is 8\n  help: num_channels=6"},
      {nn::GroupNorm(8, 8),
       {1, 8},
       "GroupNorm got input (1, 8), one value for each of 8 groups\n  help: num_groups=1, or larger inputs"},
      {nn::MaxPool2d(nn::MaxPool2dOptions(3).padding(2)),
       {2, 3, 8, 8},
       "MaxPool2d got input (2, 3, 8, 8), padding is 2 and kernel_size 3: it may be half of it\n  help: padding=1"},
      {nn::LayerNorm(nn::LayerNormOptions({3})), {2, 4}, "LayerNorm got input (2, 4): Given normalized_shape=[3], "},
  };
  for (const Said& said : all)
    EXPECT_THAT([&] { said.layer(at::ones(said.shape)); }, ThrowsMessage<nn::LayerError>(StartsWith(said.text)));
}

TEST(LayerChecks, SayWhichIndexAnEmbeddingLacks) {
  const nn::Embedding layer(10, 3);
  EXPECT_THAT(
      [&] {
        layer(at::tensor({1, 12}));
      },
      ThrowsMessage<nn::LayerError>(
          "Embedding got input (2) with the index 12, num_embeddings is 10\n  help: num_embeddings=13"));
  EXPECT_THAT([&] { layer(at::tensor({-1})); },
              ThrowsMessage<nn::LayerError>(
                  "Embedding got input (1) with the index -1, num_embeddings is 10\n  help: indices begin at 0"));
}

struct TwoConvsImpl : torch::nn::Module {
  at::Tensor forward(const at::Tensor& x) { return body(x); }
  nn::Sequential body = register_module("body", nn::Sequential{nn::Conv2d(1, 2, 3), nn::Conv2d(4, 2, 3)});
};
MILLRACE_MODULE(TwoConvs);

TEST(LayerError, NamesTheLayerByItsPath) {
  const TwoConvs net;
  try {
    net(at::ones({1, 1, 8, 8}));
    FAIL();
  } catch (nn::LayerError& error) {
    error.note("while training");
    EXPECT_STREQ(error.at(view_of(*net)).what(),
                 "body.1: Conv2d got input (1, 2, 6, 6), in_channels is 4\n  while training\n  help: in_channels=2");
  }
}

// A second run of activation checkpointing comes through libtorch's backward pass.
TEST(LayerError, ComesOutOfABackwardPassAsWhatItIs) {
  const at::Tensor x = at::ones({2, 3}).set_requires_grad(true);
  bool first = true;
  const nn::Linear fits(3, 3), fails(4, 3);
  const at::Tensor y =
      nn::recompute([&](const at::Tensor& in) { return std::exchange(first, false) ? fits(in) : fails(in); }, x);
  EXPECT_THROW(y.sum().backward(), nn::LayerError);
}

struct OwnFaultImpl : torch::nn::Module {
  at::Tensor forward(const at::Tensor& x) { return x.view({7}); }
};
MILLRACE_MODULE(OwnFault);

TEST(LayerError, IsNotMadeOfAFaultInAModuleThatIsNoLayer) {
  const OwnFault module;
  EXPECT_THROW(module(at::ones({2})), c10::Error);
}

TEST(DropPath, TakesAProbabilityBelowOne) {
  EXPECT_NO_THROW(nn::DropPath(0.0));
  for (const double prob : {-0.1, 1.0})
    EXPECT_THAT([&] { nn::DropPath{prob}; }, ThrowsMessage<Error>(HasSubstr("DropPath takes a probability in [0, 1)")));
}

}  // namespace
}  // namespace millrace
