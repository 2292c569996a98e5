#include "millrace/eval/sums.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(AddToSum, AddsWhatIsThere) {
  at::Tensor sum;
  add_to_sum(sum, {});
  EXPECT_FALSE(sum.defined());
  const at::Tensor first = at::tensor({1.0, 2.0});
  add_to_sum(sum, first);
  add_to_sum(sum, {});
  add_to_sum(sum, at::tensor({10.0, 20.0}));
  EXPECT_THAT(sum, SameTensor(at::tensor({11.0, 22.0})));
  EXPECT_THAT(first, SameTensor(at::tensor({1.0, 2.0})));
}

TEST(AddToSum, RefusesAnotherShape) {
  at::Tensor sum = at::ones({2});
  EXPECT_THAT(
      [&] {
        add_to_sum(sum, at::ones({2, 3}));
      },
      testing::ThrowsMessage<Error>("two ranks sum up tensors of different shapes: (2) and (2, 3)"));
}

}  // namespace
}  // namespace millrace
