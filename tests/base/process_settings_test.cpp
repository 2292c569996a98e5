#include "millrace/base/process_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace millrace {
namespace {

// No library of these tests brings libgomp.
TEST(ProcessSettings, SpinCountIsNoConcernWithoutLibgomp) {
  unsetenv(kSpinCount);
  EXPECT_FALSE(has_own_spin_count());
  restart_with_spin_count();  // returns
  EXPECT_EQ(std::getenv(kSpinCount), nullptr);
}

TEST(ProcessSettings, SpinCountOfTheEnvironmentIsKept) {
  unsetenv(kSpinCount);
  set_spin_count();
  EXPECT_STREQ(std::getenv(kSpinCount), "10000");
  setenv(kSpinCount, "77", 1);
  set_spin_count();
  EXPECT_STREQ(std::getenv(kSpinCount), "77");
  unsetenv(kSpinCount);
}

}  // namespace
}  // namespace millrace
