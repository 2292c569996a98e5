#include "millrace/optim/adamax.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(Adamax, DividesByTheLargestGradientThatItRemembers) {
  // By hand: the first step is lr sign(g); then m = 0.9 x 0.1 x 4 + 0.1 x 1 = 0.46, u = 0.5 x 4, c = 1 - 0.81.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  Adamax adamax({ParamGroup({p})}, {.lr = 0.1, .betas = {0.9, 0.5}, .eps = 0});
  p.mutable_grad() = at::tensor({4.0}, at::kDouble);
  adamax.step();
  EXPECT_NEAR(p.item<double>(), 0.9, 1e-12);
  p.mutable_grad() = at::tensor({1.0}, at::kDouble);
  adamax.step();
  EXPECT_NEAR(p.item<double>(), 0.9 - 0.1 / 0.19 * 0.46 / 2, 1e-12);
}

}  // namespace
}  // namespace millrace
