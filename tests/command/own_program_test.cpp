// A program that links the engine and calls millrace::main has the settings of the command.
#include <gmock/gmock.h>

#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;

class OwnProgram : public SmallRun {
 protected:
  /// Trains with an argument that a shell would take apart; `setting`: a word of env before the program.
  ProcessResult train_with(const std::vector<std::string>& setting) const {
    std::vector<std::string> arguments = {"/usr/bin/env"};
    arguments.insert(arguments.end(), setting.begin(), setting.end());
    for (const std::string& argument :
         {build_path("/tests/crashing_millrace"), std::string("train"), config_, std::string("--work-dir"),
          path("a  'work' dir"), std::string("train_cfg.max_epochs=1")})
      arguments.push_back(argument);
    return run_process(arguments);
  }
};

TEST_F(OwnProgram, IsStartedAgainWithTheSpinCount) {
  const ProcessResult done = train_with({"-u", "GOMP_SPINCOUNT"});
  EXPECT_EQ(done.exit_code, 0) << done.error;
  EXPECT_THAT(done.error, HasSubstr("  GOMP_SPINCOUNT: 10000\n"));
  EXPECT_EQ(files_named("summary.json", "a  'work' dir").size(), 1);
}

TEST_F(OwnProgram, KeepsTheSpinCountOfItsEnvironment) {
  const ProcessResult done = train_with({"GOMP_SPINCOUNT=77"});
  EXPECT_EQ(done.exit_code, 0) << done.error;
  EXPECT_THAT(done.error, HasSubstr("  GOMP_SPINCOUNT: 77\n"));
}

}  // namespace
}  // namespace millrace
