#include "millrace/runner/runner_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

TEST(RunnerOptionsCheck, TakesTheKeysOfAStageTogether) {
  const ScratchFolder folder;
  const auto made_with = [&](const std::function<void(RunnerOptions&)>& change) {
    return [&folder, change] { HostedRun(folder.path(), 1, change); };
  };
  using testing::HasSubstr;
  using testing::ThrowsMessage;
  EXPECT_THAT(made_with([](RunnerOptions& options) { options.val_cfg = use<ValLoop>(); }),
              ThrowsMessage<Error>(HasSubstr("a validation needs val_dataloader and val_evaluator; given: val_cfg")));
  EXPECT_THAT(made_with([](RunnerOptions& options) { options.test_dataloader = options.train_dataloader; }),
              ThrowsMessage<Error>(HasSubstr("a test needs test_cfg and test_evaluator; given: test_dataloader")));
}

}  // namespace
}  // namespace millrace
