#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/config/json.h"
#include "millrace/model/model.h"
#include "millrace/nn/backbone.h"
#include "millrace/nn/module_view.h"
#include "millrace/zoo/classification/models/image_classifier.h"
#include "tests/support/golden_resnet.h"
#include "tests/support/hash_fill.h"
#include "tests/support/places.h"

namespace millrace::classification {
namespace {

TEST(ImageClassifier, OfResNetCifarIsMmpretrains) {
  const auto model = Model::Registry::build(read_json(R"({"type": "ImageClassifier",
                    "backbone": {"type": "ResNet_CIFAR", "depth": 18, "num_stages": 4, "out_indices": [3],
                                 "style": "pytorch"},
                    "neck": {"type": "GlobalAveragePooling"},
                    "head": {"type": "LinearClsHead", "num_classes": 10, "in_channels": 512}})",
                                                      "model.json"),
                                            "mmpretrain");
  auto& net = dynamic_cast<ImageClassifier&>(*model);
  net.torch::nn::Module::to(at::kDouble);
  expect_golden_resnet(
      net, [&](const at::Tensor& x) { return net.forward(x); }, golden_resnet("ResNet_CIFAR_18"));
}

std::shared_ptr<Backbone> resnet_of(const std::string& type, const nlohmann::json& options) {
  nlohmann::json config = options;
  config["type"] = type;
  return Backbone::Registry::build(read_json(config.dump(), "case.json"), "mmpretrain");
}

std::vector<double> brief_of(const Features& features) {
  std::vector<double> numbers;
  for (const at::Tensor& feature : features) {
    numbers.push_back(feature.sum().item<double>());
    numbers.push_back(feature.norm().item<double>());
  }
  return numbers;
}

void expect_brief(const std::vector<double>& given, const nlohmann::json& expected) {
  const nlohmann::json flat = expected.flatten();
  ASSERT_EQ(given.size(), flat.size());
  size_t i = 0;
  for (const double value : flat) {
    EXPECT_NEAR(given[i], value, 1e-9 * std::abs(value)) << i;
    ++i;
  }
}

TEST(ResNet, OfAnyOptionsIsMmpretrains) {
  std::ifstream file(source_path("/tests/zoo/classification/models/resnet_variants.json"));
  for (const nlohmann::json& golden : nlohmann::json::parse(file)) {
    const nlohmann::json& options = golden.at("options");
    SCOPED_TRACE(golden.at("type").get<std::string>() + " " + options.dump());
    const auto net = resnet_of(golden.at("type"), options);
    net->to(at::kDouble);
    const ModuleView view = view_of(*net);
    nlohmann::json state = nlohmann::json::array();
    for (const auto& entry : view.state()) state.push_back({entry.name, entry.tensor.sizes().vec()});
    ASSERT_EQ(state, golden.at("state"));

    at::Tensor x = hash_images(options.value("in_channels", 3), golden.at("size"));
    hash_fill(view);
    net->eval();
    expect_brief(brief_of(net->forward(x)), golden.at("eval"));
    hash_fill(view);
    net->train();
    const bool recomputes = options.value("with_cp", false);
    const Features features = net->forward(recomputes ? x.clone().requires_grad_() : x);
    expect_brief(brief_of(features), golden.at("train"));
    at::Tensor loss = at::zeros({}, at::kDouble);
    for (const at::Tensor& feature : features) loss = loss + feature.square().mean();
    loss.backward();
    std::vector<at::Tensor> grads, statistics;
    for (const auto& param : view.all_params())
      if (param.tensor.requires_grad()) grads.push_back(param.tensor.grad().flatten());
    EXPECT_EQ(static_cast<int64_t>(grads.size()), golden.at("trained"));
    expect_brief({loss.item<double>(), at::cat(grads).norm().item<double>()},
                 {golden.at("loss_train"), golden.at("grad_norm")});
    for (const auto& entry : view.state())
      if (entry.name.find("running") != std::string::npos) statistics.push_back(entry.tensor.flatten());
    if (!statistics.empty()) expect_brief(brief_of({at::cat(statistics)}), {golden.at("statistics")});
  }
}

}  // namespace
}  // namespace millrace::classification
