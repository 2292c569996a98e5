#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <map>

#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "millrace/optim/sgd.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

/// The network of PARITY's vectors: a convolution, a norm, a linear layer.
class Paramwise : public testing::Test {
 protected:
  torch::nn::Sequential net_{torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 1, 3)), torch::nn::BatchNorm2d(1),
                             torch::nn::Linear(2, 2)};

  std::shared_ptr<OptimWrapper> wrap(const std::string& paramwise,
                                     const std::string& optimizer = "'type': 'SGD', 'lr': 1, 'weight_decay': 1") {
    return built_optim(config_text("{'optimizer': {" + optimizer + "}, 'paramwise_cfg': {" + paramwise + "}}"),
                       view_of(*net_));
  }
  static std::map<std::string, std::pair<double, double>> lr_and_decay(OptimWrapper& optim) {
    std::map<std::string, std::pair<double, double>> all;
    for (const ParamGroup& group : optim.groups())
      for (size_t p = 0; p < group.params.size(); ++p)
        all[group.names[p]] = {group.lr(), group[*group.find("weight_decay")]};
    return all;
  }
};

constexpr const char* kVector =
    "'custom_keys': {'0': {'lr_mult': 0.1, 'decay_mult': 0.5}, '2.bias': {'lr': 7}},"
    "'bias_lr_mult': 2, 'norm_decay_mult': 0, 'bias_decay_mult': 0, 'dwconv_decay_mult': 0.25, 'flat_decay_mult': 0.3";

TEST_F(Paramwise, FollowsTheRulesInMMEnginesOrder) {
  EXPECT_THAT(
      lr_and_decay(*wrap(kVector)),
      UnorderedElementsAre(Pair("0.weight", Pair(.1, .5)), Pair("0.bias", Pair(.1, .5)), Pair("1.weight", Pair(1, 0)),
                           Pair("1.bias", Pair(1, 0)), Pair("2.weight", Pair(1, 1)), Pair("2.bias", Pair(7, 1))));
}

TEST_F(Paramwise, FallsThroughToTheRulesBehindTheNormsOwn) {
  const auto all = lr_and_decay(*wrap("'bias_decay_mult': 0.5, 'flat_decay_mult': 0.25"));
  EXPECT_EQ(all.at("1.bias").second, 0.5);
  EXPECT_EQ(all.at("1.weight").second, 0.25);
}

TEST_F(Paramwise, CountsAConvolutionOfOneInputChannelAsDepthwise) {
  EXPECT_EQ(lr_and_decay(*wrap("'dwconv_decay_mult': 0.25")).at("0.weight").second, 0.25);
}

TEST_F(Paramwise, JoinsParametersOfEqualSettingsButSavesOneGroupEach) {
  const auto optim = wrap(kVector);
  EXPECT_THAT(optim->groups(), SizeIs(5));  // of them the last without parameters
  EXPECT_EQ(optim->lr(), 0.1);
  EXPECT_EQ(optim->base_lr(), 1.0);
  const State saved = optim->state_dict();
  const auto& groups = saved.at("param_groups").items();
  ASSERT_THAT(groups, SizeIs(6));
  std::vector<double> lrs;
  for (size_t i = 0; i < groups.size(); ++i) {
    lrs.push_back(groups[i].at("lr").number());
    EXPECT_EQ(groups[i].at("params").items()[0].integer(), static_cast<int64_t>(i));
  }
  EXPECT_THAT(lrs, ElementsAre(.1, .1, 1, 1, 1, 7));
  EXPECT_EQ(groups[0].at("lr_mult").number(), 0.1);
  EXPECT_EQ(saved.at("base_param_settings").at("lr").number(), 1.0);
}

TEST_F(Paramwise, ScalesTheRatesOfParametersAndNotTheBase) {
  const auto optim = wrap(kVector);
  optim->scale_lr(2);
  EXPECT_DOUBLE_EQ(optim->lr(), 0.2);
  EXPECT_DOUBLE_EQ(*optim->base_lr(), 1.0);
}

TEST_F(Paramwise, SavesOneBaseValueAGroupWithTheSchedule) {
  const auto optim = wrap(kVector);
  ParamSchedulers schedulers({});
  schedulers.add(std::make_shared<StepLR>(*optim, StepLR::Options{.step_size = 1, .range = {.by_epoch = false}}));
  schedulers.step_iter();
  const State saved = schedulers.state_dict();
  std::vector<double> bases;
  for (const State& base : saved.items()[0].at("base_values").items()) bases.push_back(base.number());
  EXPECT_THAT(bases, ElementsAre(.1, .1, 1, 1, 1, 7, 1));
  EXPECT_DOUBLE_EQ(*optim->base_lr(), 0.1);
}

TEST_F(Paramwise, LoadsWhatWasSavedInAnotherDivision) {
  const auto plain = wrap("", "'type': 'SGD', 'lr': 1, 'momentum': 0.5, 'weight_decay': 1");
  for (const auto& group : plain->groups())
    for (const auto& param : group.params) param.mutable_grad() = at::ones_like(param);
  plain->optimizer().step();
  const auto ruled = wrap(kVector, "'type': 'SGD', 'lr': 1, 'momentum': 0.5, 'weight_decay': 1");
  ruled->load_state_dict(plain->state_dict());
  const State a = plain->state_dict(), b = ruled->state_dict();
  EXPECT_TRUE(a.at("state").equals(b.at("state")));
}

TEST_F(Paramwise, LeavesFrozenParametersOut) {
  net_->ptr(0)->as<torch::nn::Conv2d>()->weight.requires_grad_(false);
  EXPECT_THAT(lr_and_decay(*wrap("'bias_lr_mult': 2")), SizeIs(5));
  EXPECT_THAT(lr_and_decay(*wrap("")), SizeIs(6));
}

TEST_F(Paramwise, RefusesAFactorOnADecayThatIsNotThere) {
  EXPECT_THAT(
      [&] { wrap("'norm_decay_mult': 0", "'type': 'SGD', 'lr': 1"); },
      ThrowsMessage<Error>(HasSubstr("paramwise_cfg.norm_decay_mult needs a weight_decay of the optimizer to multiply\n"
                                     "  help: optim_wrapper.optimizer.weight_decay=0.01")));
}

/// The warnings of a wrapper's constructor.
std::vector<std::string> warnings_of(OptimWrapper& optim) {
  MessageHub hub;
  Logger logger;
  std::vector<std::string> warnings;
  logger.to_callback([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::warning) warnings.emplace_back(text);
  });
  SingleRank ranks;
  optim.attach({hub, logger, ranks}, "");
  return warnings;
}

TEST_F(Paramwise, WarnsOnceOfEachKeyThatNoParameterHasInItsName) {
  ModuleView view = view_of(*net_);
  view.children[0].path = "backbone.layer1";
  view.children[1].path = "backbone.norm1";
  view.children[2].path = "head.fc";
  const auto optim = built_optim(
      config_text("{'optimizer': {'type': 'SGD', 'lr': 1, 'weight_decay': 1}, 'paramwise_cfg': {'custom_keys':"
                  " {'heed': {'lr_mult': 2}, 'backbone.layr1': {'lr_mult': 2}, '.nrom1': {'decay_mult': 0},"
                  "  'transformer': {'lr_mult': 3}, 'head': {'lr_mult': 2}, 'head.fc.': {'lr_mult': 3}}}}"),
      view);
  EXPECT_THAT(
      warnings_of(*optim),
      UnorderedElementsAre(
          "paramwise_cfg.custom_keys: no parameter has 'heed' in its name; did you mean 'head'?",
          "paramwise_cfg.custom_keys: no parameter has 'backbone.layr1' in its name; did you mean 'backbone.layer1'?",
          "paramwise_cfg.custom_keys: no parameter has '.nrom1' in its name; did you mean 'norm1'?",
          "paramwise_cfg.custom_keys: no parameter has 'transformer' in its name",
          "paramwise_cfg.custom_keys['head'] has no effect: longer keys take all parameters with it in their name"));
}

TEST_F(Paramwise, RefusesKeysThatNoParameterHasInItsNameWhereStrict) {
  EXPECT_THAT([&] { wrap("'strict': true, 'custom_keys': {'3.bias': {'lr_mult': 2}, '2': {'lr_mult': 2}}"); },
              ThrowsMessage<Error>(HasSubstr("no parameter has '3.bias' in its name; did you mean")));
  EXPECT_NO_THROW(wrap("'strict': true, 'custom_keys': {'2.bias': {'lr_mult': 2}, '2': {'lr_mult': 2}}"));
}

TEST_F(Paramwise, CountsAFrozenParameterAsOneWithTheKeyInItsName) {
  net_->ptr(0)->as<torch::nn::Conv2d>()->weight.requires_grad_(false);
  EXPECT_NO_THROW(wrap("'strict': true, 'custom_keys': {'0.weight': {'lr_mult': 2}}"));
}

TEST_F(Paramwise, TakesTheConstructorsNameInAKeyOfItsOwn) {
  EXPECT_NO_THROW(built_optim(
      config_text(
          "{'optimizer': {'type': 'SGD'}, 'constructor': 'DefaultOptimWrapperConstructor', 'paramwise_cfg': null}"),
      view_of(*net_)));
  EXPECT_THAT(
      [&] {
        built_optim(config_text("{'optimizer': {'type': 'SGD'}, 'constructor': 'DefaultOptimConstructor'}"),
                    view_of(*net_));
      },
      ThrowsMessage<Error>(
          HasSubstr("no OptimWrapperConstructor 'DefaultOptimConstructor': this build has none; did you mean "
                    "'DefaultOptimWrapperConstructor'?")));
}

TEST_F(Paramwise, RefusesAParameterThatTwoModulesShareUnlessToldTo) {
  ModuleView view = view_of(*net_);
  view.children.push_back(view.children[2]);
  view.children.back().path = "3";
  const auto wrapped = [&](const char* paramwise) {
    return built_optim(config_text(std::string("{'optimizer': {'type': 'SGD'}, 'paramwise_cfg': {") + paramwise + "}}"),
                       view);
  };
  EXPECT_THAT([&] { wrapped("'bias_lr_mult': 2"); },
              ThrowsMessage<Error>(HasSubstr("2.weight and 3.weight are the same parameter")));
  EXPECT_THAT(lr_and_decay(*wrapped("'bias_lr_mult': 2, 'bypass_duplicate': true")), SizeIs(6));
}

}  // namespace
}  // namespace millrace
