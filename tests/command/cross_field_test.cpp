#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "millrace/data/transform.h"
#include "millrace/eval/metric.h"
#include "millrace/model/data_preprocessor.h"
#include "millrace/model/model.h"
#include "millrace/nn/backbone.h"
#include "millrace/nn/layer_kinds.h"
#include "millrace/nn/loss.h"
#include "millrace/nn/module_view.h"
#include "millrace/nn/resnet.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_scheduler.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/hook.h"
#include "millrace/runner/log_processor.h"
#include "tests/command/mistake_texts.h"
#include "tests/support/random_configs.h"

namespace millrace {
namespace {

using testing::IsSupersetOf;

/// How a bound component of each kind is built.
const std::map<std::string, std::function<void(const BoundComponent&)>>& builders() {
  using Bound = const BoundComponent&;
  static const auto with_optimizer = [](auto&& use_it) {
    nn::Linear net(2, 2);
    OptimWrapper optim(view_of(*net), {.optimizer = use<SGD>({.lr = 0.1, .momentum = 0.9})});
    use_it(optim);
  };
  static const std::map<std::string, std::function<void(Bound)>> kBuilders = {
      {"Optimizer",
       [](Bound bound) {
         nn::Linear net(2, 2);
         Optimizer::Registry::make(bound, {ParamGroup{net->parameters()}});
       }},
      {"OptimWrapper",
       [](Bound bound) {
         nn::Linear net(2, 2);
         OptimWrapper::Registry::make(bound, view_of(*net));
       }},
      {"ParamScheduler",
       [](Bound bound) { with_optimizer([&](OptimWrapper& optim) { ParamScheduler::Registry::make(bound, optim); }); }},
      {"Transform", [](Bound bound) { Transform::Registry::make(bound); }},
      {"Metric", [](Bound bound) { Metric::Registry::make(bound); }},
      {"Hook", [](Bound bound) { Hook::Registry::make(bound); }},
      {"Backbone", [](Bound bound) { Backbone::Registry::make(bound); }},
      {"Loss", [](Bound bound) { Loss::Registry::make(bound); }},
      {"Norm", [](Bound bound) { nn::Norm::Registry::make(bound); }},
      {"DataPreprocessor", [](Bound bound) { DataPreprocessor::Registry::make(bound); }},
      {"LogProcessor", [](Bound bound) { LogProcessor::Registry::make(bound); }},
      {"Model", [](Bound bound) { Model::Registry::make(bound); }},
  };
  return kBuilders;
}

Value dict(std::vector<std::pair<std::string, Value>> entries) {
  Value made = Value::dict();
  for (auto& [key, value] : entries) made.as_dict().set(key, std::move(value));
  return made;
}

/// Values whose meaning their type does not tell.
RandomConfigs component_configs(unsigned seed) {
  RandomConfigs random(seed);
  const Value lenet = dict({{"type", "mmpretrain.LeNet"}, {"widths", Value::list({2})}, {"hidden", 4}});
  random.set_pool("param_name", {"lr", "momentum"});
  random.set_pool("depth", {18, 34, 50, 20, 17});
  random.set_pool("base_channels", {4, 8});
  random.set_pool("stem_channels", {4, 8});
  random.set_pool("groups", {1, 2, 32});
  random.set_pool("width_per_group", {1, 2});
  random.set_pool("deep_stem", {false, true});
  random.set_pool("LeNet.image_size", {4, 8, 28});
  random.set_pool("optimizer", {dict({{"type", "SGD"}, {"lr", 0.1}})});
  random.set_pool("backbone", {lenet});
  random.set_pool("pretrained", {Value()});
  random.set_pool("backend_args", {Value(), dict({{"backend", "local"}}), dict({{"backend", "petrel"}})});
  random.set_pool("file_client_args", {Value(), dict({{"backend", "disk"}})});
  random.set_pool("filename_tmpl", {"epoch_{}.pth", "newest.pth", Value()});
  random.set_pool("save_best", {"auto", "loss", "speed", Value::list({"loss", "accuracy/top1"}),
                                Value::list({"loss", "loss"}), Value::list({"auto", "loss"}), Value()});
  random.set_pool("rule", {"greater", "less", "greatr", Value::list({"less", "greater"}), Value()});
  random.set_pool("items", {Value::list({"recall"}), Value::list({"recall", "recal"})});
  random.set_pool("mean_pattern", {".*(loss|time).*", "(loss"});
  random.set_pool("custom_cfg",
                  {Value::list({dict({{"data_src", "loss"}, {"method_name", "mean"}, {"window_size", "epoch"}})}),
                   Value::list({dict({{"data_src", "loss"}, {"method_name", "current"}, {"window_size", 3}})}),
                   Value::list({dict({{"data_src", "loss"}, {"method_name", "max"}})}), Value()});
  random.set_pool("edge", {"short", "long", "width", "height", "shrot"});
  random.set_pool("meta_keys", {Value::list({"img_shape"})});
  return random;
}

/// Kinds and names whose building needs more than options: files, or a model that is there already.
bool can_be_built(const ComponentEntry& entry) {
  static const std::set<std::string> kNeedMore = {"StandInModel", "GoldenLeNet"};
  return entry.alias_of.empty() && builders().contains(entry.kind) && !kNeedMore.contains(entry.name);
}

TEST(CrossField, WhatValidationSaysOfAComponentIsWhatItsConstructorSays) {
  RandomConfigs random = component_configs(13);
  std::set<std::string> with_rules, broken, kept;
  int64_t configs = 0, refused = 0;
  for (const ComponentEntry* entry : ComponentTable::instance().all()) {
    if (!can_be_built(*entry)) continue;
    for (int draw = 0; draw < 60; ++draw) {
      const Value config = random.of(*entry);
      Binder whole;
      bind_component(entry->kind, config, whole);
      ASSERT_TRUE(whole.absent().empty()) << config.repr(500) << whole.absent()[0].text();
      Binder single = single_fields();
      const BoundComponent bound = bind_component(entry->kind, config, single);
      Texts built = texts_of(single.mistakes());
      const bool by_constructor = built.empty();
      if (by_constructor) {
        try {
          builders().at(entry->kind)(bound);
        } catch (const Error& error) {
          built = texts_of(error);
        }
      }
      const Texts validated = texts_of(whole.mistakes());
      EXPECT_EQ(validated, built) << config.repr(500);
      ++configs, refused += !validated.empty();
      if (by_constructor) (validated.empty() ? kept : broken).insert(entry->name);
    }
  }
  // Each of these has a rule over several fields, and saw it kept and broken.
  const std::vector<std::string> rules = {"SGD",
                                          "CosineAnnealingLR",
                                          "CosineAnnealingMomentum",
                                          "CosineAnnealingParamScheduler",
                                          "StepLR",
                                          "ResNet",
                                          "ResNet_CIFAR",
                                          "ResNetV1c",
                                          "ResNetV1d",
                                          "ResNeXt",
                                          "LeNet",
                                          "CrossEntropyLoss",
                                          "ImgDataPreprocessor",
                                          "ClsDataPreprocessor",
                                          "LoadImageFromFile",
                                          "Normalize",
                                          "RandomFlip",
                                          "Pad",
                                          "Resize",
                                          "ColorJitter",
                                          "ResizeEdge",
                                          "RandomResizedCrop",
                                          "SingleLabelMetric",
                                          "CheckpointHook",
                                          "LogProcessor"};
  EXPECT_THAT(broken, IsSupersetOf(rules));
  EXPECT_THAT(kept, IsSupersetOf(rules));
  std::cout << configs << " configs of components, " << refused << " refused; rules over several fields broken in "
            << join(std::vector<std::string>(broken.begin(), broken.end())) << "\n";
}

}  // namespace
}  // namespace millrace
