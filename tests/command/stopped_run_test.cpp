#include <gmock/gmock.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/file.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class StoppedRun : public SmallRun {
 protected:
  /// 40 iterations an epoch: the signal comes long before the end, however late this process reads the line.
  static constexpr const char* kLongEpochs = "train_dataloader.batch_size=4";

  /// Trains, and sends the signal once when the log line of the iteration appears.
  ProcessResult train_and_send(int signal, const std::string& at, std::vector<std::string> words = {}) const {
    bool sent = false;
    words.emplace_back(kLongEpochs);
    return train(words, [&](int pid, const std::string& line) {
      if (sent || line.find(at) == std::string::npos) return;
      sent = true;
      kill(pid, signal);
    });
  }

  /// Of the only run.
  std::string log_name() const { return files_named("summary.json").at(0).parent_path().filename().string() + ".log"; }

  State weights(const std::string& folder) const {
    return load_checkpoint_file(path(folder + "/epoch_2.pth")).at("state_dict");
  }

  /// Does what the command said would go on, and compares with a run that nobody stopped.
  void expect_that_it_goes_on(const ProcessResult& stopped) const {
    const std::string line = line_after(stopped.error, "resume:");
    ASSERT_THAT(line, HasSubstr("--resume"));
    const ProcessResult resumed = shell(line);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
    ASSERT_EQ(train({kLongEpochs, "--work-dir", path("whole")}).exit_code, 0);
    EXPECT_TRUE(weights("work").equals(weights("whole")));
    EXPECT_EQ(records("work"), records("whole"));
    EXPECT_THAT(files_named("summary.json"), SizeIs(1u));
  }
};

TEST_F(StoppedRun, ByCtrlCInMidEpochLosesNothing) {
  const ProcessResult stopped = train_and_send(SIGINT, "Epoch(train) [1][ 4/40]");
  EXPECT_EQ(stopped.exit_code, 130) << stopped.error;
  expect_that_it_goes_on(stopped);
}

TEST_F(StoppedRun, BySigtermInMidEpochLosesNothing) {
  const ProcessResult stopped = train_and_send(SIGTERM, "Epoch(train) [1][33/40]");
  EXPECT_EQ(stopped.exit_code, 143) << stopped.error;
  expect_that_it_goes_on(stopped);
}

// The alarm is what ends the time; it comes before.
TEST_F(StoppedRun, ByMaxTimeGoesOnWithTheSameBits) {
  const ProcessResult stopped = train_and_send(SIGALRM, "Epoch(train) [1][ 4/40]", {"--max-time", "3:50:00"});
  EXPECT_EQ(stopped.exit_code, 75) << stopped.error;
  EXPECT_THAT(stopped.error, HasSubstr("millrace: stopped by --max-time; the state is saved in "));
  EXPECT_THAT(line_after(stopped.error, "resume:"), HasSubstr("--max-time 3:50:00"));
  expect_that_it_goes_on(stopped);
}

TEST_F(StoppedRun, ByASignalOfPreemptOnGoesOnWithTheSameBits) {
  const ProcessResult stopped = train_and_send(SIGUSR1, "Epoch(train) [1][ 4/40]", {"--preempt-on", "USR1,TERM"});
  EXPECT_EQ(stopped.exit_code, 75) << stopped.error;
  EXPECT_THAT(line_after(stopped.error, "resume:"), HasSubstr("--preempt-on USR1,TERM"));
  expect_that_it_goes_on(stopped);
}

TEST_F(StoppedRun, ByItsTimeInARunWithoutEnd) {
  const ProcessResult stopped = train({"--max-time", "1", "train_cfg.max_epochs=100000", "--no-validate"});
  EXPECT_EQ(stopped.exit_code, 75) << stopped.error;
}

TEST_F(StoppedRun, SavesAndGoesOnAtSigusr1) {
  const ProcessResult result = train_and_send(SIGUSR1, "Epoch(train) [1][ 4/40]");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(summary()["iters"], 80);
  size_t saves = 0;
  for (size_t at = result.error.find("Saving checkpoint"); at != std::string::npos;
       at = result.error.find("Saving checkpoint", at + 1))
    ++saves;
  EXPECT_EQ(saves, 3u) << result.error;
}

TEST_F(StoppedRun, IsNotOneThatLosesItsReader) {
  const std::string command = kProgram + (" train " + config_) + " --work-dir " + path("work") + " " + kLongEpochs;
  shell("(" + command + " 2>&1; echo $? >" + path("code") + ") | head -n 2");
  EXPECT_EQ(summary()["iters"], 80);
  EXPECT_THAT(io::read_file(files_named(log_name())[0].string()), HasSubstr("Epoch(train) [2][40/40]"));
  EXPECT_EQ(io::read_file(path("code")), "141\n") << "the results had no reader";
}

TEST_F(StoppedRun, IsNotOneThatGetsAHangup) {
  const ProcessResult result = train_and_send(SIGHUP, "Epoch(train) [1][ 4/40]");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(summary()["iters"], 80);
}

TEST_F(StoppedRun, IsNotOneWhoseTerminalIsClosed) {
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(child, 0);
  if (child == 0) {
    execl(kProgram.c_str(), kProgram.c_str(), "train", config_.c_str(), "--work-dir", path("work").c_str(), kLongEpochs,
          nullptr);
    _exit(127);
  }
  std::string seen;
  char letters[256];
  while (seen.find("[1][ 4/40]") == std::string::npos) {
    const ssize_t length = read(terminal, letters, sizeof letters);
    ASSERT_GT(length, 0) << seen;
    seen.append(letters, static_cast<size_t>(length));
  }
  close(terminal);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 141);
  EXPECT_EQ(summary()["iters"], 80);
}

}  // namespace
}  // namespace millrace
