#include "millrace/optim/lbfgs.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/all_close.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// (p - 3)^2 / 2, at p = 1 to begin with: LBFGS of a step of length 1 goes to 3 in two directions.
class Parabola {
 public:
  explicit Parabola(const char* rest = "", const char* optimizer = "'lr': 1, 'max_iter': 4") {
    optim = toy.wrap(config_text("{'optimizer': {'type': 'LBFGS', " + std::string(optimizer) + "}" + rest + "}"));
  }
  LossMap step() {
    return optim->step([this] {
      looked_at.push_back(place());
      return LossMap{{Key("loss"), (toy.params[0] - 3).pow(2) / 2}};
    });
  }
  double place() const { return toy.params[0].item<double>(); }

  Toy toy{{1.0}};
  std::shared_ptr<OptimWrapper> optim;
  std::vector<double> looked_at;
};

TEST(LBFGS, FindsTheBottomOfAParabolaInOneStep) {
  Parabola parabola;
  const LossMap losses = parabola.step();
  EXPECT_EQ(losses.total().item<double>(), 2);  // of the first look
  EXPECT_FALSE(losses.total().requires_grad());
  EXPECT_NEAR(parabola.place(), 3, 1e-12);
  EXPECT_THAT(parabola.looked_at, ElementsAre(1, 2, 3));
  EXPECT_EQ(parabola.optim->inner_count(), 1);
  EXPECT_FALSE(parabola.toy.params[0].grad().defined());
}

TEST(LBFGS, NeedsAClosure) {
  Parabola parabola;
  EXPECT_THAT([&] { parabola.optim->update(parabola.toy.params[0] * 1.0); },
              ThrowsMessage<Error>(HasSubstr("the optimizer evaluates the loss several times a step, and update() is "
                                             "given one value\n  help: return optims.only().step([&] { return "
                                             "loss(batch); }); in the model's own train_step")));
  EXPECT_THAT([&] { parabola.optim->optimizer().step(); },
              ThrowsMessage<Error>(HasSubstr("LBFGS evaluates the loss several times a step and needs a closure")));
}

TEST(LBFGS, RefusesAccumulation) {
  EXPECT_THAT([] { Parabola(", 'accumulative_counts': 4"); },
              ThrowsMessage<Error>(HasSubstr("accumulative_counts must be 1, got 4\n  help: accumulative_counts=1")));
}

TEST(LBFGS, RefusesSettingsByParameter) {
  EXPECT_THAT(
      [] {
        Toy toy({1.0, 2.0});
        toy.wrap(config_text(
            "{'optimizer': {'type': 'LBFGS'}, 'paramwise_cfg': {'custom_keys': {'p0': {'lr_mult': 0.1}}}}"));
      },
      ThrowsMessage<Error>(HasSubstr("it can't have settings by parameter (paramwise_cfg)")));
}

TEST(LBFGS, TellsObserversOfEachLookAndOfOneStep) {
  Parabola parabola;
  struct : OptimObserver {
    void before_backward(OptimWrapper&) override { text += "b"; }
    void after_backward(OptimWrapper&) override { text += "B"; }
    void before_step(OptimWrapper&) override { text += "s"; }
    void after_step(OptimWrapper&) override { text += "S"; }
    std::string text;
  } observer;
  parabola.optim->set_observer(&observer);
  parabola.step();
  EXPECT_EQ(observer.text, "bBsbBbBS");
}

TEST(LBFGS, ClipsTheGradientOfEveryLookAndPublishesOneNorm) {
  Parabola parabola(", 'clip_grad': {'max_norm': 0.5}", "'lr': 1, 'max_iter': 2, 'max_eval': 9");
  MessageHub hub;
  Logger logger;
  SingleRank ranks;
  parabola.optim->attach({hub, logger, ranks}, "");
  parabola.step();
  EXPECT_EQ(hub.history("train/grad_norm").size(), 1);
  EXPECT_EQ(parabola.optim->grad_norm().item<double>(), 2);
  // The gradient is -0.5 wherever one looks: two steps of its length.
  EXPECT_NEAR(parabola.looked_at[1], 1.5, 1e-5);
}

TEST(LBFGS, IsScaledAndUnscaledByTheLossScaler) {
  Toy plain_toy({1.0}), scaled_toy({1.0});
  const auto run = [](Toy& toy, const char* type) {
    const auto optim = toy.wrap(config_text("{" + std::string(type) + "'optimizer': {'type': 'LBFGS', 'lr': 0.5}}"));
    const LossMap losses = optim->step([&] { return LossMap{{Key("loss"), (toy.params[0] - 3).pow(4)}}; });
    EXPECT_EQ(losses.total().item<double>(), 16);
  };
  run(plain_toy, "");
  run(scaled_toy, "'type': 'AmpOptimWrapper', 'loss_scale': 1024.0, ");
  EXPECT_NEAR(scaled_toy.params[0].item<double>(), plain_toy.params[0].item<double>(), 1e-6);
}

TEST(LBFGS, ComputesALookAgainWhoseScaledGradientsOverflow) {
  at::Tensor weight = at::ones({1}).requires_grad_();
  ModuleView view;
  view.params.push_back({"weight", weight});
  const auto optim = built_optim(config_text("{'type': 'AmpOptimWrapper', 'loss_scale': {'init_scale': 1e38}, "
                                             "'optimizer': {'type': 'LBFGS', 'max_iter': 1}}"),
                                 view);
  optim->step([&] { return LossMap{{Key("loss"), (weight * 100).sum()}}; });
  EXPECT_LT(weight.item<float>(), 1);
  EXPECT_LT(optim->loss_scaler()->scale(), 1e38);
}

TEST(LBFGS, LooksUnderTheAutocastOfTheLoop) {
  at::Tensor weight = at::ones({4, 4}).requires_grad_();
  ModuleView view;
  view.params.push_back({"weight", weight});
  const auto optim = built_optim(config_text("{'optimizer': {'type': 'LBFGS', 'max_iter': 3, 'lr': 0.1}}"), view);
  const at::Tensor input = at::ones({2, 4});
  std::vector<std::pair<at::ScalarType, float>> looks;
  {
    const PrecisionScope scope(Precision::bf16, at::kCPU);
    optim->step([&] {
      const at::Tensor output = input.matmul(weight);
      looks.emplace_back(output.scalar_type(), output[0][0].item<float>());
      return LossMap{{Key("loss"), output.to(at::kFloat).pow(2).sum()}};
    });
    EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  }
  ASSERT_GE(looks.size(), 2U);
  EXPECT_EQ(looks[1].first, at::kBFloat16);
  EXPECT_NE(looks[1].second, looks[0].second) << "the look used weights from before they moved";
}

TEST(LBFGS, GoesOnFromItsStateBitForBit) {
  const auto walk = [](const Toy& toy, OptimWrapper& optim, int steps) {
    for (int i = 0; i < steps; ++i)
      optim.step([&] {
        return LossMap{{Key("loss"), (toy.params[0] - 3).pow(4) + (toy.params[1] - toy.params[0].pow(2)).pow(2)}};
      });
  };
  const Value config = config_text(
      "{'optimizer': {'type': 'LBFGS', 'max_iter': 3, 'history_size': 4, 'line_search_fn': 'strong_wolfe'}}");
  Toy unbroken({1.0, 2.0}), before({1.0, 2.0});
  const auto whole = unbroken.wrap(config), first = before.wrap(config);
  walk(unbroken, *whole, 6);
  walk(before, *first, 3);
  Toy after({before.params[0].item<double>(), before.params[1].item<double>()});
  const auto second = after.wrap(config);
  second->load_state_dict(first->state_dict().snapshot());
  walk(after, *second, 3);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(after.params[i].item<double>(), unbroken.params[i].item<double>());
}

TEST(LBFGS, SavesTorchsNames) {
  Parabola parabola;
  parabola.step();
  const State saved = parabola.optim->state_dict();
  std::vector<std::string> names;
  for (const auto& [key, value] : saved.at("state").entries()[0].value.entries()) names.push_back(key.string());
  EXPECT_THAT(names, ElementsAre("func_evals", "n_iter", "d", "t", "old_dirs", "old_stps", "ro", "H_diag",
                                 "prev_flat_grad", "prev_loss"));
  const State expected = State::dict({{"lr", 1.0},
                                      {"max_iter", 4},
                                      {"max_eval", 5},
                                      {"tolerance_grad", 1e-7},
                                      {"tolerance_change", 1e-9},
                                      {"history_size", 100},
                                      {"line_search_fn", nullptr},
                                      {"params", State::list({0})}});
  EXPECT_TRUE(saved.at("param_groups").items()[0].equals(expected));
}

}  // namespace
}  // namespace millrace
