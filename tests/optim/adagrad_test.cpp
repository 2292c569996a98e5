#include "millrace/optim/adagrad.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

TEST(Adagrad, DividesByAllThatItHasSeen) {
  for (const bool fused : {true, false}) {
    const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
    Adagrad adagrad({ParamGroup({p})},
                    {.lr = 0.5, .lr_decay = 1, .initial_accumulator_value = 7, .eps = 0, .fused = fused});
    p.mutable_grad() = at::tensor({3.0}, at::kDouble);
    adagrad.step();
    EXPECT_NEAR(p.item<double>(), 1 - 0.5 * 3 / 4, 1e-12);
    adagrad.step();  // lr 0.5 / 2, sum 25
    EXPECT_NEAR(p.item<double>(), 1 - 0.5 * 3 / 4 - 0.25 * 3 / 5, 1e-12);
  }
}

}  // namespace
}  // namespace millrace
