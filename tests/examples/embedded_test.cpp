#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/places.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

const std::string kEmbedded = build_path("/examples/embedded");

TEST(EmbeddedExample, PrintsNothingButWhatTheHostPrints) {
  const ProcessResult result = run_process({kEmbedded});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(result.output, testing::StartsWith("host: (0.9, 0) is on ring 0 "));
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
}

TEST(EmbeddedExample, HasTheSameBitsInOneProcessAsInTwo) {
  const std::string one = run_process({kEmbedded}).output;
  const std::string other = run_process({kEmbedded}).output;
  EXPECT_EQ(run_process({kEmbedded, "2"}).output, one + other);
  EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace millrace
