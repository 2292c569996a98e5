#include "millrace/optim/lion.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(Lion, MovesEveryElementByItsRateAlongTheSign) {
  // By hand: p = 1, lr 0.1, wd 0.5; g = (2, -3, 0): p (1 - 0.05) - 0.1 sign(0.1 g); m = 0.01 g.
  const at::Tensor p = at::ones({3}, at::kDouble).requires_grad_();
  Lion lion({ParamGroup({p})}, {.lr = 0.1, .weight_decay = 0.5});
  p.mutable_grad() = at::tensor({2.0, -3.0, 0.0}, at::kDouble);
  lion.step();
  EXPECT_THAT(p.detach(), AllClose(at::tensor({0.85, 1.05, 0.95}, at::kDouble), {.rtol = 1e-12}));
  const State saved = lion.state_dict();
  EXPECT_THAT(saved.at("state").entries()[0].value.at("exp_avg").tensor(),
              AllClose(at::tensor({0.02, -0.03, 0.0}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lion, FollowsTheMeanGradientMoreThanTheNewest) {
  const at::Tensor p = at::ones({1}, at::kDouble).requires_grad_();
  Lion lion({ParamGroup({p})}, {.lr = 0.1});
  p.mutable_grad() = at::tensor({100.0}, at::kDouble);
  lion.step();  // m = 1
  p.mutable_grad() = at::tensor({-1.0}, at::kDouble);
  lion.step();  // 0.9 - 0.1 > 0: still downwards
  EXPECT_NEAR(p.item<double>(), 0.8, 1e-12);
}

}  // namespace
}  // namespace millrace
