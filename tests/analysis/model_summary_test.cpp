#include "millrace/analysis/model_summary.h"

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/resnet_classifier.h"
#include "millrace/optim/loss_map.h"

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
  at::Tensor forward(at::Tensor x) override { return lost_->forward(again_(again_(x))); }
  nn::Linear again_ = register_module("again", nn::Linear(4, 4));
  torch::nn::Linear lost_ = register_module("lost", torch::nn::Linear(4, 2));
};

TEST(ModelSummary, CountsEachCallAndEachParameterOnce) {
  Shared model;
  const ModelSummary summary = summarize(model, at::ones({3, 4}));
  ASSERT_EQ(summary.layers.size(), 2u);
  EXPECT_EQ(summary.layers[0].calls, 2);
  EXPECT_EQ(summary.layers[0].flops, 2 * 3 * 16);
  EXPECT_EQ(summary.params, 20 + 10);
}

TEST(ModelSummary, SaysWhichLayersItDidNotSee) {
  Shared model;
  const ModelSummary summary = summarize(model, at::ones({3, 4}));
  EXPECT_THAT(summary.unseen, ElementsAre("lost"));
  EXPECT_THAT(summary_text(summary), HasSubstr("The FLOPs of one layer with parameters are not counted: lost"));
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
            "lost   Linear                     10      ?\n"
            "\n"
            "parameters  30 (0.00 MiB)\n"
            "FLOPs       96 (96 FLOPs), a multiplication with its addition counts as one\n"
            "\n"
            "The FLOPs of one layer with parameters are not counted: lost\n");
}

TEST(ModelSummary, IsJson) {
  Shared model;
  const auto json = nlohmann::json::parse(summary_json(summarize(model, at::ones({3, 4}))));
  EXPECT_EQ(json["params"], 30);
  EXPECT_EQ(json["layers"][0]["outputs"], (nlohmann::json{{3, 4}}));
  EXPECT_TRUE(json["layers"][1]["flops"].is_null());
}

}  // namespace
}  // namespace millrace
