#include "millrace/optim/adafactor.h"

#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(TorchAdafactor, KeepsRowsAndColumnsOfMatricesAndSquaresOfVectors) {
  const at::Tensor kernel = at::ones({4, 3, 2, 5}).requires_grad_(), bias = at::ones({4}).requires_grad_();
  TorchAdafactor adafactor({ParamGroup({kernel, bias})}, TorchAdafactor::Options{});
  kernel.mutable_grad() = at::linspace(1, 2, 120).view({4, 3, 2, 5});
  bias.mutable_grad() = at::ones({4}) * 3;
  adafactor.step();
  const State saved = adafactor.state_dict();
  const State &of_kernel = saved.at("state").entries()[0].value, &of_bias = saved.at("state").entries()[1].value;
  EXPECT_THAT(of_kernel.at("row_var").tensor(),  // the first step's share is 1
              AllClose(kernel.grad().pow(2).mean({-1}, true), {.rtol = 1e-6}));
  EXPECT_THAT(of_kernel.at("col_var").tensor(), AllClose(kernel.grad().pow(2).mean({-2}, true), {.rtol = 1e-6}));
  EXPECT_EQ(of_kernel.find("variance"), nullptr);
  EXPECT_EQ(of_bias.find("row_var"), nullptr);
  EXPECT_THAT(of_bias.at("variance").tensor(), AllClose(at::ones({4}) * 9, {.rtol = 1e-6}));
}

TEST(TorchAdafactor, FirstMovesByItsRateTimesTheSizeOfTheParameter) {
  // g^2 of rank one is what rows and columns say: u = 1; rms(p) = 2, rho = min(0.1, 1). With a matrix of 200 x 300 the
  // rows are done in several parts.
  const at::Tensor p = (at::ones({200, 300}, at::kDouble) * 2).requires_grad_();
  TorchAdafactor adafactor({ParamGroup({p})}, {.lr = 0.1});
  p.mutable_grad() = at::linspace(1, 2, 200, at::kDouble).unsqueeze(1) * at::linspace(3, 1, 300, at::kDouble);
  adafactor.step();
  EXPECT_THAT(p.detach(), AllClose(at::ones({200, 300}, at::kDouble) * 1.8, {.rtol = 1e-12}));
}

TEST(TorchAdafactor, RefusesTheStateOfAnotherShapeOfParameter) {
  const at::Tensor matrix = at::ones({2, 3}).requires_grad_(), vector = at::ones({6}).requires_grad_();
  TorchAdafactor of_matrix({ParamGroup({matrix})}, TorchAdafactor::Options{});
  TorchAdafactor of_vector({ParamGroup({vector})}, TorchAdafactor::Options{});
  matrix.mutable_grad() = at::ones({2, 3});
  of_matrix.step();
  EXPECT_THAT([&] { of_vector.load_state_dict(of_matrix.state_dict()); },
              ThrowsMessage<Error>(HasSubstr("the optimizer's row_var of parameter 0 does not fit its shape, 6")));
}

}  // namespace
}  // namespace millrace
