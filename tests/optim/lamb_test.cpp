#include "millrace/optim/lamb.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

// A first step with these options has r = g / (|g| + eps) = the sign of g, by element.
constexpr double kLambRate = 0.01;
LambOptions sign_options() { return {.lr = kLambRate, .betas = {0.5, 0.5}, .eps = 0, .weight_decay = 0}; }

at::Tensor after_a_step(const LambOptions& options, double scale = 1) {
  const at::Tensor p = at::tensor({3.0, 4.0}, at::kDouble).requires_grad_();
  Lamb lamb({ParamGroup({p})}, options);
  p.mutable_grad() = at::tensor({2.0, -7.0}, at::kDouble) * scale;
  lamb.step();
  return p.detach();
}

TEST(Lamb, TakesAStepAsLongAsItsParameterTimesTheRate) {
  LambOptions options = sign_options();
  options.always_adapt = true;
  const double each = kLambRate * 5 / std::sqrt(2.0);
  EXPECT_THAT(after_a_step(options), AllClose(at::tensor({3 - each, 4 + each}, at::kDouble), {.rtol = 1e-12}));
  options.trust_clip = true;  // 5 / sqrt(2) > 1
  EXPECT_THAT(after_a_step(options), AllClose(at::tensor({2.99, 4.01}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lamb, AdaptsNothingWithoutWeightDecayUnlessTold) {
  EXPECT_THAT(after_a_step(sign_options()), AllClose(at::tensor({2.99, 4.01}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lamb, DecaysInTheStepOrBeforeIt) {
  LambOptions options = sign_options();
  options.weight_decay = 1;  // r = (1 + 3, -1 + 4), |r| = 5
  EXPECT_THAT(after_a_step(options), AllClose(at::tensor({3 - 0.04, 4 - 0.03}, at::kDouble), {.rtol = 1e-12}));
  options.decoupled_decay = true;  // p = (2.97, 3.96), |p| = 4.95
  const double each = kLambRate * 4.95 / std::sqrt(2.0);
  EXPECT_THAT(after_a_step(options), AllClose(at::tensor({2.97 - each, 3.96 + each}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lamb, ScalesGradientsAboveANormOfAllTogether) {
  // The divisor is eps alone, nearly: the step follows the scaled gradient. |g| = sqrt(53).
  LambOptions options = sign_options();
  options.eps = 1e9;
  const auto first_move = [&](double scale) {
    return (at::tensor({3.0, 4.0}, at::kDouble) - after_a_step(options, scale)).abs().sum().item<double>();
  };
  const double clipped = first_move(1), unclipped = [&] {
    options.max_grad_norm = std::nullopt;
    return first_move(1);
  }();
  EXPECT_NEAR(unclipped / clipped, std::sqrt(53.0), 1e-2);
}

TEST(Lamb, AddsWholeGradientsIfItDoesNotAverage) {
  LambOptions options = sign_options();
  options.grad_averaging = false;
  options.bias_correction = false;  // m = g, v = g^2 / 2
  const double each = kLambRate * std::sqrt(2.0);
  EXPECT_THAT(after_a_step(options), AllClose(at::tensor({3 - each, 4 + each}, at::kDouble), {.rtol = 1e-12}));
}

}  // namespace
}  // namespace millrace
