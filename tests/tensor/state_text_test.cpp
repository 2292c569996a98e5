#include "millrace/tensor/state_text.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(PythonText, IsThatOfPythonsRepr) {
  const State state = State::dict(
      {{"a", State::tuple({1, 2.0})}, {"b", State()}, {"c", State::list({"it's", true})}, {"d", State::tuple({1e-5})}});
  EXPECT_EQ(python_text(state, 2), "{'a': (1, 2.0), 'b': None, 'c': [\"it's\", True], 'd': (1e-05,)}");
  EXPECT_EQ(python_text(State::list(), 2), "[]");
}

TEST(PythonText, WritesTheNumbersOfASmallTensor) {
  EXPECT_EQ(python_text(State(at::tensor({1.0, 2.345}, at::kFloat)), 2), "[1.00, 2.35]");
  EXPECT_EQ(python_text(State(at::tensor({1, 2}, at::kLong)), 2), "[1, 2]");
  EXPECT_EQ(python_text(State(at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat).view({2, 2})), 1),
            "[[1.0, 2.0],\n [3.0, 4.0]]");
  EXPECT_EQ(python_text(State(at::tensor({0.5}).squeeze()), 3), "0.500");
}

TEST(PythonText, NamesSizeAndTypeOfALargeTensor) {
  EXPECT_EQ(python_text(State(at::zeros({1001})), 2), "tensor of 1001 elements, Float");
  EXPECT_EQ(python_text(State(at::zeros({1, 1, 1}, at::kByte)), 2), "tensor of 1 elements, Byte");
}

}  // namespace
}  // namespace millrace
