#include "millrace/optim/adan.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(Adan, AddsTheChangeOfTheGradient) {
  // By hand: betas 0.5, eps 0. g = 2: m = 1, u = 0, n = 2; then g = 4, d = 2: m = 2.5, u = 1, n = 1 + 25 / 2.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  Adan adan({ParamGroup({p})}, {.lr = 0.1, .betas = {0.5, 0.5, 0.5}, .eps = 0});
  p.mutable_grad() = at::tensor({2.0}, at::kDouble);
  adan.step();
  EXPECT_NEAR(p.item<double>(), 0.9, 1e-12);
  p.mutable_grad() = at::tensor({4.0}, at::kDouble);
  adan.step();
  EXPECT_NEAR(p.item<double>(), 0.9 - 0.1 * (2.5 / 0.75 + 0.5 * 1 / 0.75) / std::sqrt(13.5 / 0.75), 1e-12);
  EXPECT_THAT(adan.state_dict().at("state").entries()[0].value.at("neg_pre_grad").tensor(),
              SameTensor(at::tensor({-4.0}, at::kDouble)));
}

TEST(Adan, DecaysAfterTheStepOrBeforeIt) {
  for (const bool no_prox : {false, true}) {
    const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
    Adan adan({ParamGroup({p})}, {.lr = 0.1, .eps = 0, .weight_decay = 0.5, .no_prox = no_prox});
    p.mutable_grad() = at::tensor({2.0}, at::kDouble);
    adan.step();
    EXPECT_NEAR(p.item<double>(), no_prox ? 0.95 - 0.1 : 0.9 / 1.05, 1e-12);
  }
}

}  // namespace
}  // namespace millrace
