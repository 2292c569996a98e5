#include "millrace/optim/schedule_free.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/adamw_schedule_free.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/sgd_schedule_free.h"
#include "tests/support/all_close.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

TEST(SGDScheduleFree, EvaluatesTheMeanOfWhatPlainSgdVisits) {
  // With a constant gradient 1 and lr 0.1, z is 0.9, 0.8, 0.7, …; x is the mean of these.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  SGDScheduleFree optimizer({ParamGroup({p})}, {.lr = 0.1});
  for (int t = 0; t < 4; ++t) {
    p.mutable_grad() = at::tensor({1.0}, at::kDouble);
    optimizer.step();
  }
  const double z = 0.6, x = (0.9 + 0.8 + 0.7 + 0.6) / 4;
  EXPECT_NEAR(p.item<double>(), 0.9 * x + 0.1 * z, 1e-12);
  optimizer.eval();
  EXPECT_NEAR(p.item<double>(), x, 1e-12);
  optimizer.eval();
  EXPECT_NEAR(p.item<double>(), x, 1e-12);
  optimizer.train();
  EXPECT_NEAR(p.item<double>(), 0.9 * x + 0.1 * z, 1e-12);
}

TEST(SGDScheduleFree, WeighsStepsByTheirNumberAndTheLargestRate) {
  // r = 1: weights 1, 2, 3 of z = 0.9, 0.8, 0.7.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  SGDScheduleFree optimizer({ParamGroup({p})}, {.lr = 0.1, .schedule = {.r = 1}});
  for (int t = 0; t < 3; ++t) {
    p.mutable_grad() = at::tensor({1.0}, at::kDouble);
    optimizer.step();
  }
  optimizer.eval();
  EXPECT_NEAR(p.item<double>(), (0.9 + 2 * 0.8 + 3 * 0.7) / 6, 1e-12);
  // A warm-up of two steps has the rates 0.05, 0.1, 0.1, and the weights are their squares.
  const at::Tensor q = at::tensor({1.0}, at::kDouble).requires_grad_();
  SGDScheduleFree warmed({ParamGroup({q})}, {.lr = 0.1, .schedule = {.warmup_steps = 2}});
  for (int t = 0; t < 3; ++t) {
    q.mutable_grad() = at::tensor({1.0}, at::kDouble);
    warmed.step();
  }
  warmed.eval();
  EXPECT_NEAR(q.item<double>(), (0.25 * 0.95 + 0.85 + 0.75) / 2.25, 1e-12);
}

TEST(AdamWScheduleFree, MovesByItsRateAtFirst) {
  // g / sqrt(g^2) = 1 in each step with a constant gradient: as above with lr 0.1.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  AdamWScheduleFree optimizer({ParamGroup({p})}, {.lr = 0.1, .eps = 0});
  for (int t = 0; t < 2; ++t) {
    p.mutable_grad() = at::tensor({25.0}, at::kDouble);
    optimizer.step();
  }
  optimizer.eval();
  EXPECT_NEAR(p.item<double>(), 0.85, 1e-12);
}

TEST(ScheduleFree, GoesOnFromEvaluationWeights) {
  Toy toy({1.0});
  OptimSet optims(toy.wrap(config_text("{'optimizer': {'type': 'SGDScheduleFree', 'lr': 0.1}}")));
  optims.train();
  optims.only().update(toy.params[0] * 1.0);
  optims.only().update(toy.params[0] * 1.0);
  optims.eval();
  const State saved = optims.state_dict().snapshot();
  EXPECT_FALSE(saved.at("param_groups").items()[0].at("train_mode").boolean());
  EXPECT_EQ(saved.at("param_groups").items()[0].at("k").integer(), 2);

  Toy again({toy.params[0].item<double>()});
  OptimSet resumed(again.wrap(config_text("{'optimizer': {'type': 'SGDScheduleFree', 'lr': 0.1}}")));
  resumed.load_state_dict(saved);
  for (OptimSet* set : {&optims, &resumed}) set->train();
  optims.only().update(toy.params[0] * 1.0);
  resumed.only().update(again.params[0] * 1.0);
  EXPECT_THAT(again.params[0].detach(), SameTensor(toy.params[0].detach()));
}

TEST(ScheduleFree, TakesWhatItHasLearnedFromAFileOfPython) {
  // Such a file does not say with which settings its run was configured.
  Toy toy({1.0}), again({1.0});
  const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGDScheduleFree', 'lr': 0.1}}"));
  optim->update(toy.params[0] * 1.0);
  optim->update(toy.params[0] * 1.0);
  const State saved = optim->state_dict();
  State of_python = State::dict();
  for (const char* key : {"state", "param_groups"}) of_python[key] = saved.at(key);
  const auto resumed = again.wrap(config_text("{'optimizer': {'type': 'SGDScheduleFree', 'lr': 0.3}}"));
  resumed->load_state_dict(of_python);
  const State group = resumed->state_dict().at("param_groups").items()[0];
  EXPECT_EQ(group.at("k").integer(), 2);
  EXPECT_NEAR(group.at("weight_sum").number(), 0.02, 1e-15);
  EXPECT_EQ(group.at("lr").number(), 0.3);  // the config's
}

TEST(ScheduleFree, CountsAStepOnceForParametersOfTwoDtypes) {
  const at::Tensor a = at::tensor({1.0}, at::kDouble).requires_grad_(),
                   b = at::tensor({1.0}, at::kFloat).requires_grad_();
  SGDScheduleFree optimizer({ParamGroup({a, b})}, {.lr = 0.1});
  for (int t = 0; t < 3; ++t) {
    a.mutable_grad() = at::tensor({1.0}, at::kDouble);
    b.mutable_grad() = at::tensor({1.0}, at::kFloat);
    optimizer.step();
  }
  EXPECT_EQ(optimizer.state_dict().at("param_groups").items()[0].at("k").integer(), 3);
  EXPECT_NEAR(a.item<double>(), b.item<double>(), 1e-6);
}

}  // namespace
}  // namespace millrace
