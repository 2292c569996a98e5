#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "millrace/base/text.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/data/transform.h"
#include "millrace/eval/metric.h"
#include "millrace/model/data_preprocessor.h"
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
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "tests/support/random_configs.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_images.h"
#include "tests/support/small_training.h"

namespace millrace {
namespace {

using testing::IsSupersetOf;

/// What is wrong, without places, notes and repetitions.
using Texts = std::set<std::string>;

Texts texts_of(const Error& error) {
  std::string what = error.what();
  const std::string place = error.place().known() ? error.place().str() + ": " : "";
  if (what.starts_with(place)) what.erase(0, place.size());
  Texts texts;
  for (const std::string& line : split(what, '\n'))
    if (!line.empty() && !line.starts_with("  ")) texts.insert(line);
  return texts;
}

Texts texts_of(const Mistakes& mistakes) {
  Texts texts;
  for (const Error& error : mistakes.all()) texts.insert(error.summary());
  return texts;
}

/// Mistakes of single fields alone: in a part of a config, what several fields decide is left to the whole.
Binder single_fields() {
  Binder binder;
  binder.set_fragment(true);
  return binder;
}

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

/// Overrides of a whole config: those of a line exclude each other.
const std::vector<std::vector<std::string>> kChanges = {
    {"val_cfg=None", "val_evaluator=None", "val_dataloader=None", "test_cfg=None"},
    {"train_cfg.dynamic_intervals=[(1,1)]", "train_cfg.dynamic_intervals=[(2,0)]",
     "train_cfg.dynamic_intervals=[(-1,2),(3,0)]", "train_cfg.val_begin=2"},
    {"auto_scale_lr={'enable':True}", "auto_scale_lr={'enable':True,'base_batch_size':32}",
     "auto_scale_lr={'base_batch_size':32}"},
    {"optim_wrapper.optimizer={'type':'SGD','lr':0.1,'nesterov':True}",
     "optim_wrapper.optimizer={'type':'SGD','lr':0.1,'nesterov':True,'momentum':0.9}",
     "optim_wrapper.optimizer={'type':'SGD','lr':0.1,'nesterov':True,'momentum':0.9,'dampening':0.1}"},
    {"precision=bf16", "precision=fp32"},
    {"optim_wrapper.type=AmpOptimWrapper", "optim_wrapper.dtype=bfloat16"},
    {"param_scheduler={'type':'CosineAnnealingLR','eta_min':0.1,'eta_min_ratio':0.1}",
     "param_scheduler={'type':'CosineAnnealingLR','T_max':3,'eta_min_ratio':0.1}",
     "param_scheduler={'type':'StepLR','step_size':2,'begin':4,'end':3}",
     "param_scheduler={'type':'StepLR','step_size':2,'by_epoch':False,'convert_to_iter_based':True}",
     "param_scheduler={'type':'StepLR','step_size':2,'convert_to_iter_based':True}"},
    {"default_hooks.checkpoint.filename_tmpl=newest.pth", "default_hooks.checkpoint.filename_tmpl=e_{}.pth"},
    {"default_hooks.checkpoint.save_best=speed", "default_hooks.checkpoint.save_best=auto",
     "default_hooks.checkpoint.save_best=['accuracy/top1','accuracy/top1']", "default_hooks.checkpoint.rule=lesser",
     "default_hooks.checkpoint.rule=greater",
     "default_hooks.checkpoint={'save_best':'accuracy/top1','rule':['less','greater']}"},
    {"log_processor={'custom_cfg':[{'data_src':'loss','method_name':'current','window_size':2}]}",
     "log_processor={'custom_cfg':[{'data_src':'loss','method_name':'max','window_size':2,'log_name':'most'}]}",
     "log_processor={'mean_pattern':'(loss'}"},
    {"model.data_preprocessor.std=None", "model.data_preprocessor.mean=[1.0,2.0]",
     "model.data_preprocessor.to_onehot=True", "model.data_preprocessor.mean=[3.0]"},
    {"model.backbone.kernel_size=[3,3,3]", "model.backbone.kernel_size=[3,5]", "model.backbone.padding=[1]",
     "model.backbone.widths=[4,8,8,8,8,8]"},
    {"model.head.loss={'type':'CrossEntropyLoss','use_sigmoid':True,'use_soft':True}",
     "model.head.loss={'type':'LabelSmoothLoss','label_smooth_val':0.1}"},
    {"train_dataloader.dataset.pipeline.1={'type':'RandomFlip','prob':[0.5,0.5],'direction':'vertical'}",
     "train_dataloader.dataset.pipeline.1={'type':'RandomFlip','prob':[0.5,0.6],'direction':['vertical','horizontal']}",
     "train_dataloader.dataset.pipeline.1={'type':'RandomFlip','prob':[0.5,0.4],'direction':['vertical','horizontal']}",
     "train_dataloader.dataset.pipeline.1={'type':'Pad'}",
     "train_dataloader.dataset.pipeline.1={'type':'Pad','size_divisor':4,'size':(28,28)}",
     "train_dataloader.dataset.pipeline.1={'type':'Pad','size_divisor':4}",
     "train_dataloader.dataset.pipeline.1={'type':'mmengine.Resize'}"},
    {"test_evaluator={'type':'SingleLabelMetric','items':['recal']}",
     "test_evaluator={'type':'SingleLabelMetric','items':['recall']}"},
};

Config whole_config(const ScratchFolder& folder, const std::vector<std::string>& changes) {
  SmallTraining settings{.workers = 0, .epochs = 1};
  Config config = Config::from_string(small_training_config(folder.path(), settings), Config::Format::python, "w.py");
  apply_overrides(config, changes);
  return config;
}

/// Builds all that a run builds, and trains a batch with it.
Texts built_run(const Config& config, const std::filesystem::path& work_dir) {
  RunnerOptions options = detail::make_options<RunnerOptions>();
  Binder binder("mmpretrain");
  binder.set_fragment(true);
  Value tree = Value::dict();
  for (const auto& [key, value] : config.tree.as_dict())
    if (run_schema().has(key.as_string()) && !value.is_null()) tree.as_dict().set(key, value);
  run_schema().bind(&options, tree, binder);
  if (!binder.ok()) return texts_of(binder.mistakes());
  options.work_dir = work_dir.string();
  options.limit_batches = 1;
  try {
    Runner runner(std::move(options));
    runner.train();
    runner.test();
  } catch (const Error& error) {
    return texts_of(error);
  }
  return {};
}

TEST(CrossField, WhatValidationSaysOfAWholeConfigIsWhatBuildingSays) {
  const ScratchFolder folder;
  write_small_images(folder.path(), 32, 20);
  RandomConfigs random(13);
  int64_t good = 0;
  Texts said;
  for (int run = 0; run < 200; ++run) {
    std::set<size_t> lines;
    for (const size_t count = 1 + random.below(3); lines.size() < count;) lines.insert(random.below(kChanges.size()));
    std::vector<std::string> changes;
    for (const size_t line : lines) changes.push_back(kChanges[line][random.below(kChanges[line].size())]);
    const Config config = whole_config(folder, changes);
    const Texts validated = texts_of(check_run_config(config).mistakes);
    const Texts built = built_run(config, folder.path() / ("run" + std::to_string(run)));
    // Building stops at the first part that is wrong; validation goes on, but a mistake in a part hides one between
    // parts.
    Texts known = validated;
    for (const std::string& change : changes)
      known.merge(texts_of(check_run_config(whole_config(folder, {change})).mistakes));
    EXPECT_EQ(validated.empty(), built.empty()) << join(changes, "  ") << "\n"
                                                << testing::PrintToString(validated) << "\n"
                                                << testing::PrintToString(built);
    for (const std::string& text : built) {
      const auto is_told = [&](const std::string& one) { return text.ends_with(one); };  // behind a place
      EXPECT_TRUE(std::any_of(known.begin(), known.end(), is_told)) << text << "\n" << join(changes, "  ");
    }
    good += validated.empty();
    said.insert(validated.begin(), validated.end());
  }
  EXPECT_GE(good, 40);
  EXPECT_LE(good, 160);
  EXPECT_GE(said.size(), 20u);
  std::cout << "200 whole configs: " << good << " good ones, " << said.size() << " different mistakes in the others\n";
}

/// Every one of the changes makes the mistake, or makes none, alone: so that the draws above leave none out.
TEST(CrossField, EachChangeAloneIsJudgedTheSameBothWays) {
  const ScratchFolder folder;
  write_small_images(folder.path(), 32, 20);
  int run = 0;
  for (const auto& alternatives : kChanges) {
    for (const std::string& change : alternatives) {
      const Config config = whole_config(folder, {change});
      EXPECT_EQ(texts_of(check_run_config(config).mistakes),
                built_run(config, folder.path() / ("alone" + std::to_string(run++))))
          << change;
    }
  }
}

}  // namespace
}  // namespace millrace
