#include <gmock/gmock.h>

#include "millrace/io/file.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// What docs/commands.md says of exit codes, where the machine is what fails.
class ExitCodes : public SmallRun {};

TEST_F(ExitCodes, OfAFullDiskAreOne) {
  // No file may have more than 51,200 bytes: the first checkpoint is the one that would.
  const ProcessResult result = shell("trap '' XFSZ; ulimit -f 100; exec " + kProgram + " train " + config_ +
                                     " --work-dir " + path("work") + " --limit-batches 2 --no-validate");
  EXPECT_EQ(result.exit_code, 1) << result.error;
  EXPECT_THAT(result.error, AllOf(HasSubstr("epoch_1.pth"), HasSubstr(": cannot be written: File too large\n"),
                                  Not(HasSubstr("--debug"))));
  EXPECT_THAT(files_named("epoch_1.pth"), IsEmpty());
  EXPECT_THAT(files_named(".epoch_1.pth.partial"), IsEmpty());
}

TEST_F(ExitCodes, OfAFullDeviceAreOne) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1", "--limit-batches", "2", "--no-validate"}).exit_code, 0);
  const ProcessResult named = shell(kProgram + " report " + path("work") + " -o /dev/full");
  EXPECT_EQ(named.exit_code, 1);
  EXPECT_EQ(named.error, "/dev/full: cannot be written: No space left on device\n");
  const ProcessResult results = shell(kProgram + " config print " + config_ + " > /dev/full");
  EXPECT_EQ(results.exit_code, 1);
  EXPECT_EQ(results.error, "millrace: the results can't be written: No space left on device\n");
}

TEST_F(ExitCodes, OfAPathThatAUserCanChangeAreTwo) {
  const ProcessResult result =
      shell(kProgram + " train " + config_ + " --work-dir " + config_ + "/work --limit-batches 2");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.error, config_ + "/work: cannot make the work dir: Not a directory\n");
}

}  // namespace
}  // namespace millrace
