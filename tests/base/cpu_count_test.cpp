#include "millrace/base/cpu_count.h"

#include <gmock/gmock.h>
#include <sched.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace millrace {
namespace {

/// OMP_NUM_THREADS as a test wants it, and as it was afterwards.
class DefaultThreads : public testing::Test {
 protected:
  DefaultThreads() {
    if (const char* value = std::getenv(kName)) before_ = value;
  }
  ~DefaultThreads() override {
    if (before_) setenv(kName, before_->c_str(), 1);
    else unsetenv(kName);
  }
  static int with(const char* value) {
    setenv(kName, value, 1);
    return default_threads();
  }
  static constexpr const char* kName = "OMP_NUM_THREADS";

 private:
  std::optional<std::string> before_;
};

TEST_F(DefaultThreads, AreWhatTheEnvironmentSays) {
  EXPECT_EQ(with("1"), 1);
  EXPECT_EQ(with("7"), 7);
  EXPECT_EQ(with(" 3 "), 3);
  EXPECT_EQ(with("5,2"), 5);  // of nested regions, the outer one first
}

TEST_F(DefaultThreads, AreTheUsableCoresWhereTheEnvironmentSaysNothingThatIsANumberOfThreads) {
  unsetenv(kName);
  EXPECT_EQ(default_threads(), usable_cpus());
  for (const char* text : {"", "0", "-2", "many", "2.5", "1e3", "99999999999999"})
    EXPECT_EQ(with(text), usable_cpus()) << text;
}

TEST(UsableCpus, AreNoMoreThanTheAffinityMaskHas) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cpus(), 1);
  sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace millrace
