#include "millrace/cli/run_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace millrace {
namespace {

TEST(SignalScope, TurnsTheFirstSignalIntoAStop) {
  for (const int signal : {SIGINT, SIGTERM}) {
    RunControl control;
    const SignalScope scope(control);
    raise(signal);
    EXPECT_EQ(control.stop_reason(), signal);
  }
}

TEST(SignalScope, TurnsSigusr1IntoASaveThatIsTakenOnce) {
  RunControl control;
  const SignalScope scope(control);
  raise(SIGUSR1);
  EXPECT_EQ(control.stop_reason(), 0);
  EXPECT_TRUE(control.take_save());
  EXPECT_FALSE(control.take_save());
}

TEST(SignalScopeDeathTest, LeavesAtOnceAtTheSecondSignal) {
  const auto stop_twice = [](int first, int second) {
    RunControl control;
    const SignalScope scope(control);
    raise(first);
    raise(second);
  };
  EXPECT_EXIT(stop_twice(SIGINT, SIGINT), testing::ExitedWithCode(130), "once more leaves at once");
  EXPECT_EXIT(stop_twice(SIGINT, SIGTERM), testing::ExitedWithCode(143), "");
}

TEST(SignalScope, PutsBackWhatWasInstalled) {
  struct sigaction before {};
  sigaction(SIGTERM, nullptr, &before);
  {
    RunControl control;
    const SignalScope scope(control);
  }
  struct sigaction after {};
  sigaction(SIGTERM, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST(StatusLabel, CountsEpochsFromOneToTheLast) {
  RunStatus status;
  status.max_epochs = 10;
  EXPECT_EQ(status_label(status), "train 1/10");
  status.epoch = 10;
  EXPECT_EQ(status_label(status), "train 10/10");
  status.max_epochs = 0;
  EXPECT_EQ(status_label(status), "train");
  status.mode = Mode::val;
  EXPECT_EQ(status_label(status), "val");
}

TEST(RunSession, AsksForNoProgressWhereNobodyWatches) {
  testing::internal::CaptureStderr();  // a file, no terminal
  {
    RunSession session;
    EXPECT_FALSE(session.control().on_progress);
  }
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace millrace
