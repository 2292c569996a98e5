// The groups that MMEngine's, mmpretrain's, mmsegmentation's and mmpose's constructors make of made-up networks:
// param_groups.json is made by make_param_groups.py.
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "millrace/optim/constructors/layer_depths.h"
#include "millrace/optim/optim_wrapper.h"
#include "tests/support/places.h"
#include "tests/support/stand_ins.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A network of rows [path, type, [[name, shape, trainable]]], parents first.
ModuleView view_of_rows(const json& rows) {
  ModuleView root;
  for (const json& row : rows) {
    const std::string path = row[0];
    const size_t dot = path.rfind('.');
    ModuleView* parent = &root;
    for (size_t end = path.find('.'); !path.empty() && dot != std::string::npos; end = path.find('.', end + 1)) {
      parent = &*std::find_if(parent->children.begin(), parent->children.end(),
                              [&](const ModuleView& child) { return child.path == path.substr(0, end); });
      if (end == dot) break;
    }
    ModuleView& module = path.empty() ? root : parent->children.emplace_back();
    module.path = path;
    module.type_name = row[1];
    for (const json& param : row[2])
      module.params.push_back(
          {param[0], at::zeros(param[1].get<std::vector<int64_t>>()).requires_grad_(param[2].get<bool>())});
    module.classify(layer_type(module.type_name));
  }
  root.number_layers();
  return root;
}

json golden_groups() {
  std::ifstream file(source_path("/tests/optim/constructors/param_groups.json"));
  return json::parse(file);
}

/// The groups of the optimizer's checkpoint: [names, lr, weight_decay].
json groups_of(const OptimWrapper& optim) {
  std::map<int64_t, std::string> names;
  optim.optimizer().for_each_param(
      [&](int64_t number, const std::string& name, const at::Tensor&) { names[number] = name; });
  json all = json::array();
  const State saved = optim.optimizer().state_dict();
  for (const State& group : saved.at("param_groups").items()) {
    json own = json::array();
    for (const State& number : group.at("params").items()) own.push_back(names.at(number.integer()));
    all.push_back({own, group.at("lr").number(), group.at("weight_decay").number()});
  }
  return all;
}

std::shared_ptr<OptimWrapper> wrapped(const json& constructor, const json& paramwise, const json& optimizer,
                                      const ModuleView& view) {
  return built_optim(value_of({{"optimizer", optimizer}, {"constructor", constructor}, {"paramwise_cfg", paramwise}}),
                     view);
}

TEST(ParamGroups, AreThoseOfTheConstructorsOfPublicConfigs) {
  const json golden = golden_groups();
  for (size_t i = 0; i < golden["cases"].size(); ++i) {
    const json& one = golden["cases"][i];
    const ModuleView view = view_of_rows(golden["networks"][one["network"].get<size_t>()]);
    const auto optim = wrapped(one["constructor"], one["paramwise_cfg"], one["optimizer"], view);
    const json found = groups_of(*optim);
    SCOPED_TRACE("case " + std::to_string(i) + ", " + one["constructor"].get<std::string>());
    ASSERT_EQ(found.size(), one["groups"].size());
    for (size_t g = 0; g < found.size(); ++g) {
      EXPECT_EQ(found[g][0], one["groups"][g][0]);
      EXPECT_DOUBLE_EQ(found[g][1].get<double>(), one["groups"][g][1].get<double>()) << found[g][0];
      EXPECT_DOUBLE_EQ(found[g][2].get<double>(), one["groups"][g][2].get<double>()) << found[g][0];
    }
  }
}

/// Not a known layout: three modules with parameters.
const json kOwnNetwork = {{"", "Net", json::array()},
                          {"stem", "Conv2d", {{"weight", {2, 3, 1, 1}, true}, {"bias", {2}, true}}},
                          {"body", "Linear", {{"weight", {2, 2}, true}}},
                          {"fc", "Linear", {{"weight", {3, 2}, true}}}};
const json kAdamW = {{"type", "AdamW"}, {"lr", 1.0}, {"weight_decay", 0.1}};

TEST(LayerDepths, CountEachModuleOfAnUnknownNetwork) {
  const LayerDepths depths(view_of_rows(kOwnNetwork));
  EXPECT_FALSE(depths.knows_layout());
  EXPECT_EQ(depths.count(), 3);
  EXPECT_EQ(depths.of("stem.bias"), 0);
  EXPECT_EQ(depths.of("body.weight"), 1);
  EXPECT_EQ(depths.of("fc.weight"), 2);
  const auto optim = wrapped("LearningRateDecayOptimWrapperConstructor", {{"layer_decay_rate", 0.5}}, kAdamW,
                             view_of_rows(kOwnNetwork));
  EXPECT_EQ(groups_of(*optim)[0], json({{"stem.weight"}, 0.25, 0.1}));
}

TEST(LayerDecay, RefusesABackboneWhoseLayersItDoesNotKnow) {
  const json resnet = {{"", "Net", json::array()}, {"backbone", "ResNet", {{"weight", {2, 2}, true}}}};
  const json rate = {{"num_layers", 6}, {"decay_rate", 0.5}};
  EXPECT_THAT(
      [&] { wrapped("LearningRateDecayOptimizerConstructor", rate, kAdamW, view_of_rows(resnet)); },
      ThrowsMessage<Error>(HasSubstr("knows the layers of ConvNeXt, BEiT and MAE, and the backbone is ResNet")));
  EXPECT_THAT([&] { wrapped("LearningRateDecayOptimizerConstructor", rate, kAdamW, view_of_rows(kOwnNetwork)); },
              ThrowsMessage<Error>(HasSubstr("needs a model with a part `backbone`, which Net lacks")));
}

TEST(LayerDecay, NeedsItsRateAndTheNumberOfLayers) {
  EXPECT_THAT([&] { wrapped("LayerDecayOptimizerConstructor", json::object(), kAdamW, view_of_rows(kOwnNetwork)); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("needs the key 'num_layers'"),
                                                  HasSubstr("needs the key 'layer_decay_rate'"))));
}

}  // namespace
}  // namespace millrace
