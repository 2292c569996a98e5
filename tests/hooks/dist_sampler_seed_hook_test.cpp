#include "millrace/hooks/dist_sampler_seed_hook.h"

#include <gtest/gtest.h>

#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

TEST(DistSamplerSeedHook, ChangesNoBitOfARun) {
  const ScratchFolder folder;
  HostedRun plain(folder.path() / "plain", 2);
  plain.runner->train();
  HostedRun other(folder.path() / "other", 2);
  other.runner->add_hook(std::make_shared<DistSamplerSeedHook>());
  other.runner->train();
  EXPECT_TRUE(other.weights().equals(plain.weights()));
}

}  // namespace
}  // namespace millrace
