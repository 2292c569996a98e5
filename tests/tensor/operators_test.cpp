#include "millrace/tensor/operators.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(Operators, OfTensorsAndNumbersGiveWhatArithmeticGives) {
  const at::Tensor x = at::tensor({1.0, 2.0, 4.0}), y = at::tensor({2.0, 2.0, 2.0});
  EXPECT_THAT(x + y, SameTensor(at::tensor({3.0, 4.0, 6.0})));
  EXPECT_THAT(x - y, SameTensor(at::tensor({-1.0, 0.0, 2.0})));
  EXPECT_THAT(x * 2, SameTensor(at::tensor({2.0, 4.0, 8.0})));
  EXPECT_THAT(2 * x, SameTensor(at::tensor({2.0, 4.0, 8.0})));
  EXPECT_THAT(8.0 / x, SameTensor(at::tensor({8.0, 4.0, 2.0})));
  EXPECT_THAT(1 - x, SameTensor(at::tensor({0.0, -1.0, -3.0})));
  EXPECT_THAT(2.0 < x, SameTensor(at::tensor({0, 0, 1}).to(at::kBool)));
  EXPECT_THAT(x >= y, SameTensor(at::tensor({0, 1, 1}).to(at::kBool)));
}

}  // namespace
}  // namespace millrace
