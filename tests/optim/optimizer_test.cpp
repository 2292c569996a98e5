#include "millrace/optim/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/adam.h"
#include "millrace/optim/clip_grad.h"
#include "millrace/optim/loss_scaler.h"
#include "millrace/optim/sgd.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

at::Tensor ramp(std::vector<int64_t> shape, at::ScalarType dtype = at::kDouble) {
  at::Tensor all = at::linspace(-1, 1, c10::multiply_integers(shape), at::TensorOptions().dtype(dtype)).view(shape);
  return all.clone().requires_grad_();
}
void set_grad(const at::Tensor& param, double factor) {
  param.mutable_grad() = (param.detach() * factor + 0.25).contiguous();
}

TEST(SGD, TakesStepsOfItsFormula) {
  // By hand: p = 1, g = 2, wd 0.5, momentum 0.9, dampening 0.1, lr 0.1.
  at::Tensor p = at::ones({1}, at::kDouble).requires_grad_();
  SGD sgd({ParamGroup({p})}, {.lr = 0.1, .momentum = 0.9, .dampening = 0.1, .weight_decay = 0.5});
  p.mutable_grad() = at::ones({1}, at::kDouble) * 2;
  sgd.step();  // b = 2.5
  EXPECT_DOUBLE_EQ(p.item<double>(), 0.75);
  sgd.step();  // b = 0.9 x 2.5 + 0.9 x 2.375
  EXPECT_DOUBLE_EQ(p.item<double>(), 0.75 - 0.1 * (0.9 * 2.5 + 0.9 * 2.375));
}

TEST(SGD, RefusesNesterovWithoutMomentum) {
  EXPECT_THAT([] { SGD({ParamGroup({ramp({2})})}, {.nesterov = true}); },
              ThrowsMessage<Error>(HasSubstr("nesterov needs momentum above 0")));
}

TEST(Adam, TakesAFirstStepOfTheLearningRate) {
  at::Tensor p = at::ones({3}, at::kDouble).requires_grad_();
  Adam adam({ParamGroup({p})}, {.lr = 0.1, .eps = 0});
  p.mutable_grad() = at::linspace(1, 3, 3, at::kDouble);
  adam.step();
  EXPECT_THAT(p, AllClose(at::ones({3}, at::kDouble) * 0.9, {.rtol = 1e-12}));
}

TEST(AdamW, DecaysOutsideTheGradient) {
  at::Tensor p = at::ones({1}, at::kDouble).requires_grad_();
  AdamW adamw({ParamGroup({p})}, {.lr = 0.1, .weight_decay = 0.5});
  p.mutable_grad() = at::zeros({1}, at::kDouble);
  adamw.step();
  EXPECT_DOUBLE_EQ(p.item<double>(), 0.95);
}

/// Ten steps of parameters of several shapes, one of them without a gradient in every third step.
template <class T>
std::vector<at::Tensor> walked(typename T::Options options, bool fused, at::ScalarType dtype = at::kDouble) {
  const std::vector<at::Tensor> params = {ramp({3, 4}, dtype), ramp({5}, dtype), ramp({2, 3, 2, 2}, dtype)};
  options.fused = fused;
  T optimizer({ParamGroup(params)}, options);
  for (int i = 0; i < 10; ++i) {
    for (const at::Tensor& param : params) set_grad(param, 1.0 + i);
    if (i % 3 == 0) params[1].mutable_grad().reset();
    optimizer.step();
  }
  return params;
}
template <class T>
void expect_same_paths(const typename T::Options& options) {
  const auto fused = walked<T>(options, true), plain = walked<T>(options, false);
  for (size_t i = 0; i < fused.size(); ++i) EXPECT_THAT(fused[i], AllClose(plain[i], {.rtol = 1e-12, .atol = 1e-14}));
}

TEST(Optimizer, GoesTheSameWayWithAndWithoutFusedKernels) {
  expect_same_paths<SGD>({.lr = 0.1});
  expect_same_paths<SGD>({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.1});
  expect_same_paths<SGD>({.lr = 0.1, .momentum = 0.9, .nesterov = true, .maximize = true});
  expect_same_paths<SGD>({.lr = 0.1, .momentum = 0.9, .dampening = 0.5});
  expect_same_paths<Adam>({.lr = 0.1, .weight_decay = 0.1});
  expect_same_paths<Adam>({.lr = 0.1, .amsgrad = true, .maximize = true});
  expect_same_paths<AdamW>({.lr = 0.1, .weight_decay = 0.1, .amsgrad = true});
}

TEST(Optimizer, MovesParametersOfSeveralKindsAndLayouts) {
  const at::Tensor half = ramp({4}, at::kBFloat16), single = ramp({4}, at::kFloat);
  at::Tensor last = ramp({2, 3, 4, 4}, at::kFloat).detach().contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  const at::Tensor reference = last.detach().clone(at::MemoryFormat::Contiguous).requires_grad_();
  SGD sgd({ParamGroup({half, single, last, reference})}, {.lr = 0.1, .momentum = 0.9});
  for (int i = 0; i < 3; ++i) {
    for (const at::Tensor& param : {half, single, last, reference})
      set_grad(param, 1);  // contiguous: not last's layout
    sgd.step();
  }
  EXPECT_THAT(last, AllClose(reference, {.rtol = 1e-6, .atol = 1e-6}));
  // By hand: the gradient is q = p + 0.25, and q goes to 0.9 q, 0.72 q, 0.486 q.
  const at::Tensor moved = (ramp({4}, at::kFloat).detach() + 0.25) * 0.486 - 0.25;
  EXPECT_THAT(single, AllClose(moved, {.rtol = 1e-6, .atol = 1e-6}));
  EXPECT_EQ(half.scalar_type(), at::kBFloat16);
  // As in single precision, within the eight bits of bfloat16.
  EXPECT_THAT(half, AllClose(single.to(at::kBFloat16), {.rtol = 2e-2, .atol = 2e-2}));
}

TEST(Optimizer, KeepsNothingForParametersWithoutAGradient) {
  const std::vector<at::Tensor> params = {ramp({2}), ramp({3})};
  Adam adam({ParamGroup(params)}, Adam::Options{});
  set_grad(params[1], 1);
  adam.step();
  const State saved = adam.state_dict();
  ASSERT_EQ(saved.at("state").entries().size(), 1U);
  EXPECT_EQ(saved.at("state").entries()[0].key.integer(), 1);
}

TEST(Optimizer, SavesTorchsLayout) {
  const at::Tensor p = at::ones({1}, at::kDouble).requires_grad_();
  AdamW adamw({ParamGroup({p})}, {.lr = 0.5, .betas = {0.8, 0.9}});
  p.mutable_grad() = at::ones({1}, at::kDouble);
  adamw.step();
  const State expected = State::dict({{"lr", 0.5},
                                      {"betas", State::tuple({0.8, 0.9})},
                                      {"eps", 1e-8},
                                      {"weight_decay", 0.01},
                                      {"amsgrad", false},
                                      {"maximize", false},
                                      {"foreach", nullptr},
                                      {"capturable", false},
                                      {"differentiable", false},
                                      {"fused", nullptr},
                                      {"decoupled_weight_decay", true},
                                      {"params", State::list({0})}});
  const State saved = adamw.state_dict();
  EXPECT_TRUE(saved.at("param_groups").items()[0].equals(expected));
  const State& state = saved.at("state").entries()[0].value;
  EXPECT_THAT(state.at("step").tensor(), SameTensor(at::ones({}, at::kFloat)));
  EXPECT_THAT(state.at("exp_avg").tensor(), AllClose(at::ones({1}, at::kDouble) * 0.2, {.rtol = 1e-12}));
}

TEST(Optimizer, GoesOnFromItsStateBitForBit) {
  const std::vector<at::Tensor> unbroken = {ramp({7}), ramp({2, 2})};
  std::vector<at::Tensor> params = {ramp({7}), ramp({2, 2})};
  Adam whole({ParamGroup(unbroken)}, {.lr = 0.1, .amsgrad = true});
  auto one =
      std::make_unique<Adam>(std::vector<ParamGroup>{ParamGroup(params)}, Adam::Options{.lr = 0.1, .amsgrad = true});
  for (int i = 0; i < 6; ++i) {
    if (i == 3) {
      const State saved = one->state_dict().snapshot();
      one = std::make_unique<Adam>(std::vector<ParamGroup>{ParamGroup(params)},
                                   Adam::Options{.lr = 0.3, .amsgrad = true});
      one->load_state_dict(saved);
    }
    for (size_t p = 0; p < 2; ++p) {
      set_grad(unbroken[p], 1);
      set_grad(params[p], 1);
    }
    whole.step();
    one->step();
  }
  for (size_t p = 0; p < 2; ++p) EXPECT_THAT(params[p], SameTensor(unbroken[p].detach()));
}

TEST(Optimizer, RefusesTheStateOfAnother) {
  const at::Tensor a = ramp({2}), b = ramp({3});
  SGD sgd({ParamGroup({a})}, {.lr = 0.1, .momentum = 0.9});
  Adam adam({ParamGroup({a})}, Adam::Options{}), bigger({ParamGroup({b})}, Adam::Options{}),
      two({ParamGroup({a, b})}, Adam::Options{});
  set_grad(a, 1);
  adam.step();
  EXPECT_THAT([&] { sgd.load_state_dict(adam.state_dict()); },
              ThrowsMessage<Error>("the checkpoint is from another optimizer: its state is step, exp_avg, exp_avg_sq, "
                                   "the state of this one is momentum_buffer"));
  EXPECT_THAT([&] { bigger.load_state_dict(adam.state_dict()); },
              ThrowsMessage<Error>("the optimizer's exp_avg of parameter 0 has shape 2 in the checkpoint, 3 here"));
  EXPECT_THAT([&] { two.load_state_dict(adam.state_dict()); },
              ThrowsMessage<Error>("the checkpoint's optimizer has 1 parameters, this one 2"));
}

TEST(Optimizer, RefusesBetasOutOfRange) {
  EXPECT_THAT(
      [] {
        Adam({ParamGroup({ramp({2})})}, {.betas = {1.0, 0.9}});
      },
      ThrowsMessage<Error>(HasSubstr("betas must be at least 0 and below 1, got 1.0")));
}

TEST(ClipNorm, ScalesAllGradientsTogether) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    for (const int64_t size : {10, 50000}) {
      std::vector<at::Tensor> grads = {at::arange(size, at::TensorOptions().dtype(dtype)), at::ones({3, 3}, dtype)};
      const double norm = std::sqrt(grads[0].to(at::kDouble).pow(2).sum().item<double>() + 9);
      const at::Tensor before = grads[0].clone();
      EXPECT_NEAR(clip_norm_(grads, {.max_norm = 2.0}).item<double>(), norm, 1e-5 * norm);
      EXPECT_THAT(grads[0], AllClose(before * (2 / (norm + 1e-6)), {.rtol = 1e-5}));
    }
  }
}

TEST(ClipNorm, KnowsOtherNorms) {
  const std::vector<at::Tensor> grads = {at::linspace(-3, 1, 5, at::kDouble), at::ones({2}, at::kDouble)};
  EXPECT_EQ(norm_of(grads, INFINITY).item<double>(), 3);
  EXPECT_NEAR(norm_of(grads, 1).item<double>(), 9, 1e-12);
  EXPECT_NEAR(norm_of(grads, 3).item<double>(), std::cbrt(27 + 8 + 1 + 1 + 1 + 1), 1e-12);
  EXPECT_NEAR(norm_of(grads, 2).item<double>(), std::sqrt(9 + 4 + 1 + 1 + 2), 1e-12);
}

TEST(ClipNorm, LeavesSmallGradientsAsTheyAre) {
  const std::vector<at::Tensor> grads = {at::ones({4})};
  clip_norm_(grads, {.max_norm = 2.5});
  EXPECT_THAT(grads[0], SameTensor(at::ones({4})));
}

TEST(ClipNorm, StopsAtANormThatIsNotFiniteIfAsked) {
  const std::vector<at::Tensor> grads = {at::ones({4}) * NAN};
  EXPECT_THAT([&] { clip_norm_(grads, {.max_norm = 1.0, .error_if_nonfinite = true}); },
              ThrowsMessage<Error>(HasSubstr("the norm of the gradients is nan")));
  EXPECT_TRUE(std::isnan(clip_norm_(grads, {.max_norm = 1.0}).item<double>()));
}

TEST(ClipValue, CutsEachElement) {
  const std::vector<at::Tensor> grads = {at::linspace(-2, 2, 5)};
  clip_value_(grads, {.clip_value = 1.5});
  EXPECT_THAT(grads[0], AllClose(at::linspace(-2, 2, 5).clamp(-1.5, 1.5)));
}

TEST(LossScaler, GrowsAfterGoodStepsAndBacksOffAfterABadOne) {
  LossScaler scaler({.init_scale = 16, .growth_interval = 3});
  std::vector<double> scales;
  for (const bool finite : {true, true, false, true, true, true, true}) {
    scaler.update(finite);
    scales.push_back(scaler.scale());
  }
  EXPECT_EQ(scales, (std::vector<double>{16, 16, 8, 8, 8, 16, 16}));
}

TEST(LossScaler, UnscalesAndFindsWhatIsNotFinite) {
  const LossScaler scaler(LossScaler::Options{.init_scale = 4});
  std::vector<at::Tensor> grads = {at::ones({2}), at::ones({3}, at::kDouble), at::ones({2}, at::kBFloat16)};
  EXPECT_TRUE(scaler.unscale_(grads));
  EXPECT_THAT(grads[1], AllClose(at::ones({3}, at::kDouble) * 0.25));
  grads[2][1] = INFINITY;
  EXPECT_FALSE(scaler.unscale_(grads));
}

TEST(LossMap, SumsWhatIsCalledLossAndTakesMeans) {
  LossMap losses;
  losses.add("loss_cls"_key, at::arange(4, at::kDouble));
  losses.add("aux_losses"_key, {at::arange(3, at::kDouble), at::ones({}, at::kDouble)});
  losses.add("acc"_key, at::ones({1}, at::kDouble) * 50);
  EXPECT_EQ(losses.total().item<double>(), 1.5 + 2.0);
  EXPECT_EQ(losses.find("acc"_key)->item<double>(), 50);
  EXPECT_EQ(losses.find("acc"_key)->dim(), 0);
}

TEST(LossMap, CountsAnEntryCalledLossAsAPartOfTheTotal) {
  const LossMap losses{{"loss"_key, at::ones({}) * 2}, {"loss_aux"_key, at::ones({})}};
  EXPECT_EQ(losses.total().item<float>(), 3);
  EXPECT_EQ(LossMap::total_name(), Key("loss"));
}

TEST(LossMap, RefusesAMapWithNothingToMinimiseAndNamesGivenTwice) {
  LossMap losses{{"acc"_key, at::ones({})}};
  EXPECT_THAT([&] { losses.total(); },
              ThrowsMessage<Error>("nothing to minimise: no entry's name contains 'loss'; entries: acc"));
  EXPECT_THAT([&] { losses.add("acc"_key, at::ones({})); }, ThrowsMessage<Error>("the loss 'acc' is given twice"));
}

}  // namespace
}  // namespace millrace
