#include "millrace/optim/asgd.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ASGD, AveragesTheWeightsAfterTheStepT0) {
  // Without decay each step is -0.1: the weights are 0.9, 0.8, 0.7, 0.6, and the steps after t0 = 1 count equally.
  const at::Tensor p = at::tensor({1.0}, at::kDouble).requires_grad_();
  ASGD asgd({ParamGroup({p})}, {.lr = 0.1, .lambd = 0, .t0 = 1});
  std::vector<double> averages;
  for (int t = 1; t <= 4; ++t) {
    p.mutable_grad() = at::tensor({1.0}, at::kDouble);
    asgd.step();
    averages.push_back(asgd.state_dict().at("state").entries()[0].value.at("ax").tensor().item<double>());
  }
  EXPECT_NEAR(p.item<double>(), 0.6, 1e-12);
  EXPECT_NEAR(averages[1], 0.8, 1e-12);
  EXPECT_NEAR(averages[2], 0.7, 1e-12);                    // mu was 1 / max(1, 2 - 1)
  EXPECT_NEAR(averages[3], 0.7 + (0.6 - 0.7) / 2, 1e-12);  // and is 1 / 2
}

}  // namespace
}  // namespace millrace
