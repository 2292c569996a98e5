#include "millrace/optim/optim_wrapper.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/dist/ranks.h"
#include "millrace/log/logger.h"
#include "millrace/optim/adam.h"
#include "millrace/optim/amp_optim_wrapper.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/sgd.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

double value_of_param(const Toy& toy, size_t i = 0) { return toy.params[i].item<double>(); }
double grad_of(const Toy& toy, size_t i = 0) {
  return toy.params[i].grad().defined() ? toy.params[i].grad().item<double>() : 0;
}

TEST(OptimWrapper, BindsMMEnginesConfig) {
  Toy toy;
  const auto optim = toy.wrap(
      config_text("{'type': 'OptimWrapper', 'optimizer': {'type': 'SGD', 'lr': 0.5}, 'clip_grad': {'max_norm': 1}}"));
  optim->update(toy.params[0] * 4);
  EXPECT_NEAR(value_of_param(toy), 0.5, 1e-6);
  EXPECT_EQ(optim->grad_norm().item<double>(), 4);
}

TEST(OptimWrapper, ReportsMistakesOfItsConfigTogether) {
  Toy toy;
  EXPECT_THAT(
      [&] {
        toy.wrap(config_text("{'optimizer': {'type': 'SDG'}, 'acumulative_counts': 2, 'clip_grad': {'type': 'norm'}}"));
      },
      ThrowsMessage<Error>(
          testing::AllOf(HasSubstr("no Optimizer 'SDG'; did you mean 'SGD'?"),
                         HasSubstr("OptimWrapper has no key 'acumulative_counts'; did you mean 'accumulative_counts'?"),
                         HasSubstr("needs the key 'max_norm'"))));
}

TEST(OptimWrapper, DividesByTheGroupAndAtTheEndByTheRest) {
  Toy toy;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0}, 'accumulative_counts': 4}"));
  optim->initialize_counts(0, 10);
  std::vector<double> grads, values;
  for (int i = 0; i < 10; ++i) {
    optim->update(toy.params[0] * 1.0);
    grads.push_back(grad_of(toy));
    values.push_back(value_of_param(toy));
  }
  EXPECT_THAT(grads, ElementsAre(.25, .5, .75, 0, .25, .5, .75, 0, .5, 0));
  EXPECT_THAT(values, ElementsAre(1, 1, 1, 0, 0, 0, 0, -1, -1, -2));
}

TEST(OptimWrapper, DividesByTheGroupWhereTheEndIsUnknown) {
  Toy toy;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0}, 'accumulative_counts': 4}"));
  for (int i = 0; i < 10; ++i) optim->update(toy.params[0] * 1.0);
  EXPECT_EQ(value_of_param(toy), -1);
  EXPECT_EQ(grad_of(toy), .5);
}

TEST(OptimWrapper, GoesOnWithinAnAccumulationGroup) {
  const Value config = config_text("{'optimizer': {'type': 'AdamW', 'lr': 0.1}, 'accumulative_counts': 3}");
  Toy unbroken({2.0, 3.0});
  const auto loss = [](const Toy& toy, int i) { return toy.params[0] * toy.params[1] * (i + 1.0); };
  const auto whole = unbroken.wrap(config);
  whole->initialize_counts(0, 8);
  for (int i = 0; i < 8; ++i) whole->update(loss(unbroken, i));

  Toy before({2.0, 3.0});
  const auto first = before.wrap(config);
  first->initialize_counts(0, 8);
  for (int i = 0; i < 4; ++i) first->update(loss(before, i));
  const State saved = first->state_dict().snapshot();
  Toy after({value_of_param(before), value_of_param(before, 1)});
  const auto second = after.wrap(config);
  second->load_state_dict(saved);
  second->initialize_counts(4, 8);
  for (int i = 4; i < 8; ++i) second->update(loss(after, i));
  EXPECT_EQ(value_of_param(after), value_of_param(unbroken));
  EXPECT_EQ(value_of_param(after, 1), value_of_param(unbroken, 1));
}

TEST(OptimWrapper, GivesLossesBackWithoutTheirGraph) {
  Toy toy;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.1}}"));
  LossMap losses{
      {"loss_a"_key, toy.params[0] * 2}, {"loss_b"_key, toy.params[0] * 3}, {"acc"_key, at::ones({}, at::kDouble)}};
  optim->update(losses);
  EXPECT_FALSE(losses.total().requires_grad());
  EXPECT_EQ(losses.total().item<double>(), 5);
  for (const auto& entry : losses.entries()) EXPECT_FALSE(entry.value.requires_grad());
  EXPECT_NEAR(value_of_param(toy), 0.5, 1e-15);
}

TEST(OptimWrapper, LeavesParametersWithoutAGradientAlone) {
  Toy toy({1.0, 1.0});
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.1, 'weight_decay': 0.5}}"));
  optim->update(toy.params[0] * 1.0);
  EXPECT_EQ(value_of_param(toy, 1), 1.0);
  EXPECT_NEAR(value_of_param(toy), 1 - 0.1 * 1.5, 1e-15);
}

/// Writes down who was called in which order.
class Diary {
 public:
  std::vector<std::string> lines;

  class Sync final : public GradSync {
   public:
    explicit Sync(Diary& diary) : diary_(diary) {}
    void attach(std::span<const Named> params, std::span<const Named> buffers) override {
      diary_.lines.push_back("attach " + std::to_string(params.size()) + "+" + std::to_string(buffers.size()));
    }
    void before_forward() override { diary_.lines.push_back("before_forward"); }
    void arm(const at::Tensor&) override { diary_.lines.push_back("arm"); }
    void finish() override { diary_.lines.push_back("finish"); }
    bool agree(bool finite) override {
      diary_.lines.push_back(finite ? "agree: finite" : "agree: not finite");
      return finite;
    }
    at::Tensor mean(const at::Tensor& loss) override {
      diary_.lines.push_back("mean");
      return loss;
    }
    void after_step() override { diary_.lines.push_back("sync after_step"); }
    State gathered(State own) override {
      own["gathered"] = true;
      return own;
    }

   private:
    Diary& diary_;
  };
  class Observer final : public OptimObserver {
   public:
    explicit Observer(Diary& diary) : diary_(diary) {}
    void before_backward(OptimWrapper&) override { diary_.lines.push_back("before_backward"); }
    void after_backward(OptimWrapper& optim) override {
      diary_.lines.push_back("after_backward " + std::to_string(optim.groups()[0].params[0].grad().item<double>()));
    }
    void before_step(OptimWrapper& optim) override {
      diary_.lines.push_back("before_step " + std::to_string(optim.groups()[0].params[0].grad().item<double>()));
    }
    void after_step(OptimWrapper&) override { diary_.lines.push_back("after_step"); }

   private:
    Diary& diary_;
  };
};

TEST(OptimWrapper, SyncsOncePerGroupAndUnscalesBeforeItClips) {
  Toy toy;
  Diary diary;
  Diary::Observer observer(diary);
  const auto optim =
      toy.wrap(config_text("{'type': 'AmpOptimWrapper', 'loss_scale': 8.0, 'optimizer': {'type': 'SGD', 'lr': 1.0},"
                           " 'accumulative_counts': 2, 'clip_grad': {'type': 'value', 'clip_value': 3.0}}"));
  optim->set_grad_sync(std::make_unique<Diary::Sync>(diary));
  optim->set_observer(&observer);
  optim->update(toy.params[0] * 4.0);
  optim->update(toy.params[0] * 6.0);
  EXPECT_THAT(diary.lines, ElementsAre("attach 1+0", "before_backward", "after_backward 16.000000", "before_backward",
                                       "arm", "after_backward 40.000000", "finish", "agree: finite",
                                       "before_step 3.000000", "sync after_step", "after_step"));
  EXPECT_TRUE(optim->state_dict().at("gathered").boolean());
}

TEST(OptimWrapper, SyncsEachLookOfAClosure) {
  Toy toy;
  Diary diary;
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'LBFGS', 'max_iter': 2}}"));
  optim->set_grad_sync(std::make_unique<Diary::Sync>(diary));
  optim->before_forward();
  optim->step([&] { return LossMap{{Key("loss"), (toy.params[0] - 3).pow(2)}}; });
  EXPECT_THAT(diary.lines, ElementsAre("attach 1+0", "before_forward", "arm", "finish", "mean", "before_forward", "arm",
                                       "finish", "mean", "sync after_step"));
}

TEST(OptimWrapper, LeavesOutAStepWhoseGradientsAreNotFinite) {
  Toy toy;
  Diary diary;
  Diary::Observer observer(diary);
  const auto optim =
      toy.wrap(config_text("{'type': 'AmpOptimWrapper', 'loss_scale': {'init_scale': 1024, 'growth_interval': 2},"
                           " 'optimizer': {'type': 'SGD', 'lr': 1.0}}"));
  optim->set_grad_sync(std::make_unique<Diary::Sync>(diary));
  optim->update(toy.params[0] * INFINITY);
  EXPECT_EQ(value_of_param(toy), 1);
  EXPECT_EQ(optim->loss_scaler()->scale(), 512);
  EXPECT_FALSE(toy.params[0].grad().defined());
  EXPECT_THAT(diary.lines, ElementsAre("attach 1+0", "arm", "finish", "agree: not finite"));
  optim->update(toy.params[0] * 0.25);
  EXPECT_EQ(value_of_param(toy), 0.75);
  optim->update(toy.params[0] * 0.25);
  EXPECT_EQ(optim->loss_scaler()->scale(), 1024);
  const State saved = optim->state_dict();
  EXPECT_TRUE(saved.at("loss_scaler")
                  .equals(State::dict({{"scale", 1024.0},
                                       {"growth_factor", 2.0},
                                       {"backoff_factor", 0.5},
                                       {"growth_interval", 2},
                                       {"_growth_tracker", 0}})));
}

TEST(OptimWrapper, ComputesGradientsOutsideAutocastAndSeesFreshWeightsAfterwards) {
  at::Tensor weight = at::ones({4, 4}).requires_grad_();
  ModuleView view;
  view.params.push_back({"weight", weight});
  OptimWrapper optim(view, {.optimizer = use<SGD>({.lr = 1.0})});
  struct : OptimObserver {
    void before_backward(OptimWrapper&) override { during = at::autocast::is_autocast_enabled(at::kCPU); }
    bool during = true;
  } observer;
  optim.set_observer(&observer);
  const PrecisionScope scope(Precision::bf16, at::kCPU);
  const at::Tensor input = at::ones({2, 4});
  const at::Tensor first = input.matmul(weight);
  EXPECT_EQ(first.scalar_type(), at::kBFloat16);
  optim.update(first.sum());
  EXPECT_FALSE(observer.during);
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  EXPECT_EQ(weight[0][0].item<float>(), -1);
  EXPECT_EQ(input.matmul(weight)[0][0].item<float>(), -4);
}

TEST(Precision, OpensAutocastForItsLifeOnly) {
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  {
    const PrecisionScope scope(Precision::fp32, at::kCPU);
    EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  }
  {
    const PrecisionScope scope(Precision::bf16, at::kCPU);
    EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
    EXPECT_EQ(at::autocast::get_autocast_dtype(at::kCPU), at::kBFloat16);
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST(Precision, IsBf16OnACpuThatIsAskedForFp16) {
  EXPECT_EQ(supported_precision(Precision::fp16, at::kCPU), Precision::bf16);
  EXPECT_EQ(supported_precision(Precision::fp16, at::kCUDA), Precision::fp16);
  EXPECT_EQ(supported_precision(Precision::fp32, at::kCPU), Precision::fp32);
  EXPECT_EQ(precision_name(Precision::bf16), "bf16");
}

TEST(AmpOptimWrapper, SaysWhatPrecisionItsConfigAsksFor) {
  const auto requested = [](const char* text) {
    Binder binder;
    Component<OptimWrapper> component;
    TypeOf<Component<OptimWrapper>>::bind(component, config_text(text), binder);
    binder.throw_if_any();
    return component.facts().precision;
  };
  EXPECT_EQ(requested("{'optimizer': {'type': 'SGD'}}"), std::nullopt);
  EXPECT_EQ(requested("{'type': 'AmpOptimWrapper', 'optimizer': {'type': 'SGD'}}"), Precision::fp16);
  EXPECT_EQ(
      requested(
          "{'type': 'AmpOptimWrapper', 'dtype': 'bfloat16', 'loss_scale': 'dynamic', 'optimizer': {'type': 'SGD'}}"),
      Precision::bf16);
  EXPECT_THAT([&] { requested("{'type': 'AmpOptimWrapper', 'dtype': 'float61', 'optimizer': {'type': 'SGD'}}"); },
              ThrowsMessage<Error>(HasSubstr("dtype must be 'float16', 'bfloat16' or 'float32', got 'float61'")));
}

TEST(AmpOptimWrapper, ScalesOnlyWhereFp16OrTheConfigWantsIt) {
  Toy toy;
  EXPECT_EQ(toy.wrap(config_text("{'type': 'AmpOptimWrapper', 'optimizer': {'type': 'SGD'}}"))->loss_scaler(), nullptr);
  EXPECT_EQ(toy.wrap(config_text("{'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic', 'optimizer': {'type': 'SGD'}}"))
                ->loss_scaler()
                ->scale(),
            65536);
  EXPECT_EQ(toy.wrap(config_text("{'type': 'AmpOptimWrapper', 'loss_scale': 512, 'optimizer': {'type': 'SGD'}}"))
                ->loss_scaler()
                ->scale(),
            512);
}

class Gan : public testing::Test {
 protected:
  Toy generator_{{2.0}}, discriminator_{{3.0}};
  OptimSet optims_;

  void SetUp() override {
    optims_.add("generator",
                generator_.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.1}, 'accumulative_counts': 2}")));
    optims_.add(
        "discriminator",
        discriminator_.wrap(config_text("{'optimizer': {'type': 'Adam', 'lr': 0.1}, 'accumulative_counts': 2}")));
  }
};

TEST_F(Gan, KeepsTheGradientsOfEachLossWithItsOptimizer) {
  optims_["generator"].update(generator_.params[0] * discriminator_.params[0]);
  EXPECT_EQ(grad_of(generator_), 1.5);
  EXPECT_FALSE(discriminator_.params[0].grad().defined());
}

TEST_F(Gan, IsSavedByName) {
  optims_["discriminator"].update(generator_.params[0] * discriminator_.params[0]);
  const State saved = optims_.state_dict().snapshot();
  ASSERT_NE(saved.find("generator"), nullptr);
  Toy g({2.0}), d({3.0});
  OptimSet again;
  again.add("generator", g.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.1}, 'accumulative_counts': 2}")));
  again.add("discriminator",
            d.wrap(config_text("{'optimizer': {'type': 'Adam', 'lr': 0.1}, 'accumulative_counts': 2}")));
  again.load_state_dict(saved);
  EXPECT_EQ(again["discriminator"].inner_count(), 1);
  EXPECT_EQ(grad_of(d), 1.0);
}

TEST_F(Gan, IsAskedForByName) {
  EXPECT_THAT([&] { optims_["genrator"]; },
              ThrowsMessage<Error>(
                  "no optimizer 'genrator'; did you mean 'generator'?\n  optimizers: generator, discriminator"));
  EXPECT_THAT([&] { optims_.only(); },
              ThrowsMessage<Error>(HasSubstr("there are several optimizers: generator, discriminator")));
  EXPECT_THAT(
      [&] {
        optims_.load_state_dict(State::dict({{"state", State::dict()}}));
      },
      ThrowsMessage<Error>("the checkpoint has no state of the optimizer 'generator'"));
}

TEST(OptimWrapper, PublishesTheNormOnceAStepAndLogsWhatItFound) {
  Toy toy;
  MessageHub hub;
  Logger logger;
  std::vector<std::string> messages;
  logger.to_callback([&](LogLevel, std::string_view text) { messages.emplace_back(text); });
  const auto optim = toy.wrap(
      config_text("{'optimizer': {'type': 'SGD', 'lr': 0.0, 'weight_decay': 0.1}, 'accumulative_counts': 2,"
                  " 'clip_grad': {'max_norm': 1}, 'paramwise_cfg': {'custom_keys': {'heed': {'lr_mult': 2}}}}"));
  SingleRank ranks;
  optim->attach({hub, logger, ranks}, "");
  for (int i = 1; i <= 4; ++i) optim->update(toy.params[0] * i);
  EXPECT_EQ(hub.history("train/grad_norm").size(), 2U);
  EXPECT_THAT(messages, testing::Contains("paramwise_cfg.custom_keys: no parameter has 'heed' in its name"));
}

TEST(OptimWrapper, KeepsChangedSettingsOfTheConfigOnResume) {
  Toy toy;
  const auto saved =
      toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9, 'weight_decay': 0.5}}"))
          ->state_dict();
  State moved = saved;
  moved.find("param_groups")->items()[0]["momentum"] = 0.8;  // as a hook may have done
  const auto changed =
      toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9, 'weight_decay': 0.7}}"));
  changed->load_state_dict(moved);
  EXPECT_EQ(changed->groups()[0][*changed->groups()[0].find("weight_decay")], 0.7);
  EXPECT_EQ(changed->momentum(), 0.8);
}

TEST(OptimWrapper, TakesUpACheckpointOf34cc19c) {
  // What no group could vary there was not kept.
  Toy toy;
  const Value config = config_text("{'optimizer': {'type': 'AdamW', 'lr': 0.1, 'amsgrad': true}}");
  State saved = toy.wrap(config)->state_dict();
  saved.find("param_groups")->items()[0]["lr"] = 0.05;  // a schedule's
  saved.find("param_groups")->items()[0]["betas"] = State::tuple({0.8, 0.999});
  saved.find("millrace")->find("settings")->items()[0] = State::dict({{"lr", 0.1},
                                                                      {"momentum", 0.9},
                                                                      {"beta2", 0.999},
                                                                      {"eps", 1e-8},
                                                                      {"weight_decay", 0.01},
                                                                      {"amsgrad", 1.0},
                                                                      {"maximize", 0.0}});
  const auto optim = toy.wrap(config);
  optim->load_state_dict(saved);
  EXPECT_EQ(optim->lr(), 0.05);
  EXPECT_EQ(optim->momentum(), 0.8);
  const AdamOptions& options = optim->groups()[0].settings.as<AdamOptions>();
  EXPECT_TRUE(options.amsgrad);
  EXPECT_TRUE(options.decoupled_weight_decay);
}

TEST(OptimWrapper, VariesFlagsAndPairsByParameter) {
  Toy toy({1.0, 1.0});
  const auto optim =
      toy.wrap(config_text("{'optimizer': {'type': 'Adam'}, 'paramwise_cfg': {'custom_keys':"
                           " {'p1': {'betas': [0.5, 0.6], 'amsgrad': true}}}}"));
  const AdamOptions& first = optim->groups()[0].settings.as<AdamOptions>();
  const AdamOptions& second = optim->groups()[1].settings.as<AdamOptions>();
  EXPECT_EQ(first.betas, std::pair(0.9, 0.999));
  EXPECT_EQ(second.betas, std::pair(0.5, 0.6));
  EXPECT_TRUE(second.amsgrad);
  optim->update(toy.params[0] * toy.params[1]);
  const State saved = optim->state_dict();
  EXPECT_EQ(saved.at("state").entries()[0].value.find("max_exp_avg_sq"), nullptr);
  EXPECT_NE(saved.at("state").entries()[1].value.find("max_exp_avg_sq"), nullptr);
}

TEST(OptimWrapper, RefusesASettingByParameterThatTheOptimizerRefuses) {
  Toy toy({1.0, 1.0});
  EXPECT_THAT(
      [&] {
        toy.wrap(
            config_text("{'optimizer': {'type': 'SGD'}, 'paramwise_cfg': {'custom_keys':"
                        " {'p1': {'momentum': -1}}}}"));
      },
      ThrowsMessage<Error>(testing::AllOf(HasSubstr("SGD.momentum must be at least 0, got -1"),
                                          HasSubstr("in paramwise_cfg.custom_keys['p1']"))));
}

}  // namespace
}  // namespace millrace
