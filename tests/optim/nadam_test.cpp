#include "millrace/optim/nadam.h"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(NAdam, KeepsTheProductOfItsMomentaInTheParametersPrecision) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const at::Tensor p = at::ones({2}, dtype).requires_grad_();
    NAdam nadam({ParamGroup({p})}, NAdam::Options{});
    double product = 1;
    for (int t = 1; t <= 3; ++t) {
      p.mutable_grad() = at::ones({2}, dtype);
      nadam.step();
      product *= 0.9 * (1 - 0.5 * std::pow(0.96, t * 4e-3));
    }
    const at::Tensor kept = nadam.state_dict().at("state").entries()[0].value.at("mu_product").tensor();
    EXPECT_EQ(kept.scalar_type(), dtype);
    EXPECT_NEAR(kept.item<double>(), product, dtype == at::kDouble ? 1e-14 : 1e-7);
  }
}

}  // namespace
}  // namespace millrace
