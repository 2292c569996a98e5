#include "millrace/optim/rprop.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Rprop, GrowsItsStepsAlongASignAndShrinksThemAtAChange) {
  const at::Tensor p = at::tensor({0.0, 0.0}, at::kDouble).requires_grad_();
  Rprop rprop({ParamGroup({p})}, {.lr = 0.1, .etas = {0.5, 1.5}});
  const auto step = [&](double first, double second) {
    p.mutable_grad() = at::tensor({first, second}, at::kDouble);
    rprop.step();
    return p.detach().clone();
  };
  EXPECT_THAT(step(3, 3), AllClose(at::tensor({-0.1, -0.1}, at::kDouble), {.rtol = 1e-12}));
  EXPECT_THAT(step(0.5, -1), AllClose(at::tensor({-0.25, -0.1}, at::kDouble), {.rtol = 1e-12}));  // a change: no step
  EXPECT_THAT(step(2, -1), AllClose(at::tensor({-0.475, -0.05}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Rprop, RefusesFactorsThatDoNotShrinkAndGrow) {
  EXPECT_THAT(
      [] {
        Rprop({ParamGroup({at::tensor({1.0})})}, {.etas = {1.2, 0.5}});
      },
      ThrowsMessage<Error>(HasSubstr("etas must be a factor below 1 and one above 1")));
}

}  // namespace
}  // namespace millrace
