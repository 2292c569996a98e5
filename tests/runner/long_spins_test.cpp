#include "millrace/runner/long_spins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "millrace/base/process_settings.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;

class LongSpins : public testing::Test {
 protected:
  LongSpins() { configure_process({.threads = 2}); }
  ~LongSpins() override {
    set_spin_count();
    configure_process({});
  }
  std::string text_with(int workers) const {
    const ScratchFolder folder;
    HostedRun run(folder.path(), 1, [&](RunnerOptions& options) {
      DataLoader::Options loader = *options.train_dataloader.options();
      loader.num_workers = workers;
      options.train_dataloader = loader;
    });
    return long_spins_text(*run.runner);
  }
};

TEST_F(LongSpins, BesideLoaderThreadsAreInTheLog) {
  unsetenv(kSpinCount);
  EXPECT_THAT(text_with(1), HasSubstr("dedicate_process()"));
}

TEST_F(LongSpins, AreNoneWithTheSetting) {
  setenv(kSpinCount, "10000", 1);
  EXPECT_EQ(text_with(1), "");
}

TEST_F(LongSpins, HurtNobodyWithoutLoaderThreads) {
  unsetenv(kSpinCount);
  EXPECT_EQ(text_with(0), "");
}

TEST_F(LongSpins, NeedTwoThreadsOfAnOperator) {
  unsetenv(kSpinCount);
  configure_process({.threads = 1});
  EXPECT_EQ(text_with(1), "");
}

}  // namespace
}  // namespace millrace
