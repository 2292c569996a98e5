#include "millrace/analysis/model_summary.h"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softmax.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/functional/upsampling.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/modules/rnn.h>

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/resnet_classifier.h"
#include "millrace/structures/loss_map.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct SummaryModel : BaseModel {
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch&) override {}
};

struct ResNet18 final : SummaryModel {
  at::Tensor forward(at::Tensor x) override { return net_(x); }
  nn::ResNetClassifier net_ = register_module("net", nn::ResNetClassifier(nn::ResNetClassifierImpl::Options{18}));
};

/// Of MMEngine 0.10.7's FlopAnalyzer for the same network in evaluation mode, 224 x 224 pixels, by operator: conv
/// 1813561344, batch_norm 4967424, linear 512000, adaptive_avg_pool2d 25088; the count of torchvision's pages is the
/// first and the third: 1.814 G.
TEST(ModelSummary, OfResNet18AgreesWithMMEngine) {
  ResNet18 model;
  const ModelSummary summary = summarize(model, at::ones({1, 3, 224, 224}));
  EXPECT_EQ(summary.params, 11689512);
  std::map<std::string, int64_t> by_type;
  for (const ModelSummary::Layer& layer : summary.layers) by_type[layer.type] += layer.flops.value_or(0);
  EXPECT_EQ(by_type["Conv2d"], 1813561344);
  EXPECT_EQ(by_type["BatchNorm2d"], 4967424);
  EXPECT_EQ(by_type["Linear"], 512000);
  EXPECT_EQ(summary.flops, 1813561344 + 4967424 + 512000 + by_type["AdaptiveAvgPool2d"]);
  EXPECT_THAT(summary.unseen, IsEmpty());
}

TEST(ModelSummary, AddsUpWhatLiesBelowItsDepth) {
  ResNet18 model;
  const ModelSummary all = summarize(model, at::ones({1, 3, 64, 64}));
  const ModelSummary few = summarize(model, at::ones({1, 3, 64, 64}), 2);
  EXPECT_LT(few.layers.size(), all.layers.size());
  EXPECT_EQ(few.flops, all.flops);
  int64_t params = 0, flops = 0;
  for (const ModelSummary::Layer& layer : few.layers) params += layer.params, flops += layer.flops.value_or(0);
  EXPECT_EQ(params, all.params);
  EXPECT_EQ(flops, all.flops);
}

struct Shared final : SummaryModel {
  at::Tensor forward(at::Tensor x) override { return plain_->forward(again_(again_(x))); }
  nn::Linear again_ = register_module("again", nn::Linear(4, 4));
  torch::nn::Linear plain_ = register_module("plain", torch::nn::Linear(4, 2));
};

TEST(ModelSummary, CountsEachCallAndEachParameterOnce) {
  Shared model;
  const ModelSummary summary = summarize(model, at::ones({3, 4}));
  ASSERT_EQ(summary.layers.size(), 2u);
  EXPECT_EQ(summary.layers[0].calls, 2);
  EXPECT_EQ(summary.layers[0].flops, 2 * 3 * 16);
  EXPECT_EQ(summary.layers[1].calls, 1);
  EXPECT_EQ(summary.layers[1].flops, 3 * 8);
  EXPECT_EQ(summary.params, 20 + 10);
}

/// Layers of libtorch itself and functions of no layer.
struct Plain final : SummaryModel {
  at::Tensor forward(at::Tensor x) override {
    namespace F = torch::nn::functional;
    x = gn_->forward(up_->forward(at::relu(bn_->forward(conv_->forward(x)))));
    const std::vector<double> twice = {2, 2};
    x = F::interpolate(x, F::InterpolateFuncOptions().scale_factor(twice).mode(torch::kBilinear).align_corners(false));
    x = ln_->forward(at::adaptive_avg_pool2d(x, {3, 4}).flatten(2).transpose(1, 2));
    return fc_->forward(at::matmul(at::softmax(at::bmm(x, x.transpose(1, 2)), -1), x));
  }
  torch::nn::Conv2d conv_ =
      register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 8, 3).padding(1).groups(2)));
  torch::nn::BatchNorm2d bn_ = register_module("bn", torch::nn::BatchNorm2d(8));
  torch::nn::ConvTranspose2d up_ =
      register_module("up", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(8, 6, 2).stride(2)));
  torch::nn::GroupNorm gn_ = register_module("gn", torch::nn::GroupNorm(3, 6));
  torch::nn::LayerNorm ln_ =
      register_module("ln", torch::nn::LayerNorm(torch::nn::LayerNormOptions({6}).elementwise_affine(false)));
  torch::nn::Linear fc_ = register_module("fc", torch::nn::Linear(6, 5));
};

const ModelSummary::Layer& layer_of(const ModelSummary& summary, std::string_view path) {
  for (const ModelSummary::Layer& layer : summary.layers)
    if (layer.path == path) return layer;
  throw std::out_of_range(std::string(path));
}

/// By operator in MMEngine 0.10.7's FlopAnalyzer of the same network in Python: conv 80640 (34560 and 46080),
/// batch_norm 3840, group_norm 28800, layer_norm 576, linear 720; of no layer upsample_bilinear2d 92160,
/// adaptive_avg_pool2d 23040, bmm 1728, matmul 1728; all 233232.
TEST(ModelSummary, OfPlainLayersAndFunctionsAgreesWithMMEngine) {
  Plain model;
  const ModelSummary summary = summarize(model, at::ones({2, 4, 10, 12}));
  EXPECT_EQ(layer_of(summary, "conv").flops, 34560);
  EXPECT_EQ(layer_of(summary, "bn").flops, 3840);
  EXPECT_EQ(layer_of(summary, "up").flops, 46080);
  EXPECT_EQ(layer_of(summary, "gn").flops, 28800);
  EXPECT_EQ(layer_of(summary, "fc").flops, 720);
  EXPECT_EQ(layer_of(summary, "").flops, 576 + 92160 + 23040 + 1728 + 1728);  // the norm without weight is no one's
  EXPECT_EQ(summary.flops, 233232);
  EXPECT_EQ(layer_of(summary, "up").outputs, (std::vector<std::vector<int64_t>>{{2, 6, 20, 24}}));
  EXPECT_EQ(layer_of(summary, "fc").calls, 1);
  EXPECT_THAT(summary.unseen, IsEmpty());
}

struct Attention final : SummaryModel {
  at::Tensor forward(at::Tensor x) override { return std::get<0>(mha_->forward(x, x, x)); }
  torch::nn::MultiheadAttention mha_ = register_module("mha", torch::nn::MultiheadAttention(8, 2));
};

/// MMEngine's: linear 3840, of which the projection of the output 5 * 3 * 8 * 8, and bmm 1200.
TEST(ModelSummary, OfAnAttentionAgreesWithMMEngine) {
  Attention model;
  const ModelSummary summary = summarize(model, at::ones({5, 3, 8}));
  EXPECT_EQ(layer_of(summary, "mha").flops, 2880);
  EXPECT_EQ(layer_of(summary, "mha.out_proj").flops, 960);
  EXPECT_EQ(summary.flops, 3840 + 1200);
}

struct Recurrent final : SummaryModel {
  at::Tensor forward(at::Tensor x) override { return std::get<0>(lstm_->forward(embedding_->forward(x))); }
  torch::nn::Embedding embedding_ = register_module("embedding", torch::nn::Embedding(11, 6));
  torch::nn::LSTM lstm_ = register_module(
      "lstm", torch::nn::LSTM(torch::nn::LSTMOptions(6, 5).num_layers(2).bidirectional(true).batch_first(true)));
};

struct TwoNames final : SummaryModel {
  at::Tensor forward(at::Tensor x) override { return b_->forward(a_->forward(x)); }
  torch::nn::Linear a_ = register_module("a", torch::nn::Linear(4, 4));
  torch::nn::Linear b_ = register_module("b", a_);
};

TEST(ModelSummary, CountsAModuleOfTwoNamesOnce) {
  TwoNames model;
  const ModelSummary summary = summarize(model, at::ones({3, 4}));
  EXPECT_EQ(summary.params, 20);
  EXPECT_EQ(summary.flops, 2 * 3 * 16);
}

TEST(ModelSummary, CountsTheMatricesOfARecurrentLayerAtEachStep) {
  Recurrent model;
  const ModelSummary summary = summarize(model, at::ones({3, 7}, at::kLong));
  const int64_t first = 4 * 5 * (6 + 5), second = 4 * 5 * (2 * 5 + 5);  // weight_ih and weight_hh of one direction
  EXPECT_EQ(layer_of(summary, "lstm").flops, 3 * 7 * 2 * (first + second));
  EXPECT_EQ(layer_of(summary, "embedding").flops, 0);
  EXPECT_EQ(layer_of(summary, "embedding").outputs, (std::vector<std::vector<int64_t>>{{3, 7, 6}}));
}

/// A class token, a layer that is shared, and a part for training alone.
struct Parts final : SummaryModel {
  struct Block : torch::nn::Module {
    Block() { register_parameter("token", at::ones({1, 4})), register_module("fc", fc_); }
    torch::nn::Linear fc_{4, 4};
  };
  at::Tensor forward(at::Tensor x) override {
    x = at::cat({x, block_->named_parameters(false)["token"]});
    return block_->fc_->forward(block_->fc_->forward(x));
  }
  std::shared_ptr<Block> block_ = register_module("block", std::make_shared<Block>());
  torch::nn::Linear auxiliary_ = register_module("auxiliary", torch::nn::Linear(4, 9));
};

TEST(ModelSummary, SaysWhatForwardDoesNotReach) {
  Parts model;
  const ModelSummary summary = summarize(model, at::ones({2, 4}));
  EXPECT_THAT(summary.unseen, ElementsAre("auxiliary"));
  EXPECT_FALSE(layer_of(summary, "auxiliary").flops.has_value());
  EXPECT_EQ(layer_of(summary, "block").flops, 0);  // a token costs nothing
  EXPECT_EQ(layer_of(summary, "block").params, 4);
  EXPECT_EQ(layer_of(summary, "block.fc").flops, 2 * 3 * 16);
  EXPECT_EQ(layer_of(summary, "block.fc").calls, 2);
  EXPECT_THAT(summary_text(summary), HasSubstr("or their operator is not one of libtorch: auxiliary\n"));
}

TEST(ModelSummary, LeavesTheModelInItsMode) {
  Shared model;
  model.set_training(true);
  summarize(model, at::ones({3, 4}));
  EXPECT_TRUE(model.is_training());
  EXPECT_TRUE(model.again_->is_training());
}

TEST(ModelSummary, IsATable) {
  Shared model;
  EXPECT_EQ(summary_text(summarize(model, at::ones({3, 4}))),
            "layer  type       output  parameters  FLOPs\n"
            "input             (3, 4)\n"
            "again  Linear x2  (3, 4)          20     96\n"
            "plain  Linear     (3, 2)          10     24\n"
            "\n"
            "parameters  30 (0.00 MiB)\n"
            "FLOPs       120 (120 FLOPs), a multiplication with its addition counts as one\n");
}

TEST(ModelSummary, IsJson) {
  Shared model;
  const auto json = nlohmann::json::parse(summary_json(summarize(model, at::ones({3, 4}))));
  EXPECT_EQ(json["params"], 30);
  EXPECT_EQ(json["layers"][0]["outputs"], (nlohmann::json{{3, 4}}));
  EXPECT_EQ(json["layers"][1]["flops"], 24);
}

}  // namespace
}  // namespace millrace
