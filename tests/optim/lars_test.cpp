#include "millrace/optim/lars.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// |p| = 5 and |g| = 10 in the first step, so q = 0.1 x 5 / (10 + 5 wd).
at::Tensor after_steps(const LarsOptions& options, int steps) {
  const at::Tensor p = at::tensor({3.0, 4.0}, at::kDouble).requires_grad_();
  Lars lars({ParamGroup({p})}, options);
  for (int i = 0; i < steps; ++i) {
    p.mutable_grad() = at::tensor({6.0, -8.0}, at::kDouble);
    lars.step();
  }
  return p.detach();
}

TEST(Lars, MakesTheStepAShareOfTheParameter) {
  const LarsOptions options{.lr = 1, .weight_decay = 2, .trust_coeff = 0.1, .eps = 0};  // q = 0.025, g = (12, 0)
  EXPECT_THAT(after_steps(options, 1), AllClose(at::tensor({2.7, 4.0}, at::kDouble), {.rtol = 1e-12}));
  const LarsOptions clipped{
      .lr = 0.01, .weight_decay = 2, .trust_coeff = 0.1, .eps = 0, .trust_clip = true};  // min(2.5, 1)
  EXPECT_THAT(after_steps(clipped, 1), AllClose(at::tensor({2.88, 4.0}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lars, IsSgdWithoutWeightDecayUnlessTold) {
  LarsOptions options{.lr = 0.1, .momentum = 0.5, .trust_coeff = 0.1, .eps = 0};
  EXPECT_THAT(after_steps(options, 2),  // b = g, then 1.5 g
              AllClose(at::tensor({3 - 0.1 * 2.5 * 6, 4 + 0.1 * 2.5 * 8}, at::kDouble), {.rtol = 1e-12}));
  options.dampening = 0.5;  // b = g, then g
  EXPECT_THAT(after_steps(options, 2),
              AllClose(at::tensor({3 - 0.1 * 2 * 6, 4 + 0.1 * 2 * 8}, at::kDouble), {.rtol = 1e-12}));
  options.dampening = 0;
  options.nesterov = true;  // 1.5 g, then 1.75 g
  EXPECT_THAT(after_steps(options, 2),
              AllClose(at::tensor({3 - 0.1 * 3.25 * 6, 4 + 0.1 * 3.25 * 8}, at::kDouble), {.rtol = 1e-12}));
  options = {.lr = 1, .trust_coeff = 0.1, .eps = 0, .always_adapt = true};  // q = 0.05
  EXPECT_THAT(after_steps(options, 1), AllClose(at::tensor({2.7, 4.4}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lars, TakesAPlainStepFromZero) {
  const at::Tensor p = at::zeros({2}, at::kDouble).requires_grad_();
  Lars lars({ParamGroup({p})}, {.lr = 0.1, .weight_decay = 1});
  p.mutable_grad() = at::tensor({1.0, -2.0}, at::kDouble);
  lars.step();
  EXPECT_THAT(p.detach(), AllClose(at::tensor({-0.1, 0.2}, at::kDouble), {.rtol = 1e-12}));
}

TEST(Lars, RefusesNesterovWithoutMomentum) {
  EXPECT_THAT([] { Lars({ParamGroup({at::tensor({1.0})})}, {.nesterov = true}); },
              ThrowsMessage<Error>(HasSubstr("nesterov needs momentum above 0")));
}

}  // namespace
}  // namespace millrace
