#include <gtest/gtest.h>

#include "millrace/tensor/process.h"

namespace millrace {
namespace {

/// Each test draws the same numbers, whichever tests ran before it.
class SeedEachTest final : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { seed_generators(1); }
};

const bool kInstalled = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new SeedEachTest);  // gtest owns it
  return true;
}();

}  // namespace
}  // namespace millrace
