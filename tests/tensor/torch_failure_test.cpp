#include "millrace/tensor/torch_failure.h"

#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>

namespace millrace {
namespace {

std::vector<std::string> in_iteration_3() { return {"in iteration 3"}; }

TEST(Explained, SaysInOneLineWhatLibtorchRefusedAndKeepsTheOriginal) {
  try {
    explained([] { return at::zeros({2, 3}).mm(at::zeros({4, 5})); }, in_iteration_3);
    FAIL() << "shapes that do not fit";
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(), "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)\n  in iteration 3");
    EXPECT_THROW(std::rethrow_if_nested(failure), std::exception);
  }
}

TEST(Explained, AddsNotesToAnErrorAndLeavesOtherExceptionsAlone) {
  EXPECT_THAT([] { explained([] { throw Error("no"); }, in_iteration_3); },
              testing::ThrowsMessage<Error>("no\n  in iteration 3"));
  EXPECT_THAT([] { explained([] { throw std::out_of_range("mine"); }, in_iteration_3); },
              testing::ThrowsMessage<std::out_of_range>("mine"));
}

}  // namespace
}  // namespace millrace
