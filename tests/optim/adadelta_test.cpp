#include "millrace/optim/adadelta.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

TEST(Adadelta, ItsStepHasNoUnitOfTheGradient) {
  // With eps far below the squares, a gradient a thousand times as large makes the same first step.
  std::vector<double> steps;
  for (const double grad : {1.0, 1000.0}) {
    const at::Tensor p = at::tensor({0.0}, at::kDouble).requires_grad_();
    Adadelta adadelta({ParamGroup({p})}, {.eps = 1e-12});
    p.mutable_grad() = at::tensor({grad}, at::kDouble);
    adadelta.step();
    steps.push_back(-p.item<double>());
  }
  EXPECT_NEAR(steps[0], 1e-6 / std::sqrt(0.1), 1e-12);
  EXPECT_NEAR(steps[1], steps[0], 1e-12);
}

}  // namespace
}  // namespace millrace
