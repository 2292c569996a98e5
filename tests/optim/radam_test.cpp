#include "millrace/optim/radam.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(RAdam, FollowsTheMeanGradientUntilItsVarianceIsKnown) {
  // With beta2 = 0.999 that is after five steps; with a constant gradient the mean over its share is the gradient.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  RAdam radam({ParamGroup({p})}, {.lr = 0.01});
  for (int t = 1; t <= 6; ++t) {
    const double before = p.item<double>();
    p.mutable_grad() = at::tensor({4.0}, at::kDouble);
    radam.step();
    if (t <= 5) EXPECT_NEAR(before - p.item<double>(), 0.04, 1e-12) << t;
    else EXPECT_LT(before - p.item<double>(), 0.01);  // it divides by the size of the gradient
  }
}

}  // namespace
}  // namespace millrace
