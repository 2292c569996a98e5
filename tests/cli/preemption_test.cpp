#include "millrace/cli/preemption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "millrace/base/error.h"
#include "millrace/base/run_control.h"
#include "millrace/cli/signal_scope.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

int64_t seconds_of(const std::string& text) {
  Preemption preemption;
  preemption.set_max_time(text);
  return preemption.seconds;
}

TEST(Preemption, TakesHoursMinutesAndSeconds) {
  EXPECT_EQ(seconds_of("3:50:00"), 13800);
  EXPECT_EQ(seconds_of("90:00"), 5400);
  EXPECT_EQ(seconds_of("45"), 45);
  EXPECT_EQ(seconds_of("100:00:01"), 360001);
}

TEST(Preemption, RefusesWhatIsNoTime) {
  for (const char* text : {"", "0", "0:00:00", "3h", "1:60", "1:00:60", "1:2:3:4", "-5", ":30", "1:", "999999999"})
    EXPECT_THAT([&] { seconds_of(text); },
                ThrowsMessage<Error>(AllOf(HasSubstr("--max-time must be a time above 0, as H:MM:SS, MM:SS or seconds"),
                                           HasSubstr("help: --max-time 3:50:00"))))
        << text;
}

TEST(Preemption, TakesSignalsByName) {
  Preemption preemption;
  preemption.set_signals("USR1,SIGTERM");
  EXPECT_TRUE(preemption.is_reason(SIGUSR1));
  EXPECT_TRUE(preemption.is_reason(SIGTERM));
  EXPECT_FALSE(preemption.is_reason(SIGINT));
  EXPECT_FALSE(preemption.is_reason(SIGALRM));
  EXPECT_THAT([&] { preemption.set_signals("USR3"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("--preempt-on: no signal 'USR3'; did you mean 'USR"),
                                         HasSubstr("signals: USR1, USR2, TERM, HUP, XCPU"))));
}

TEST(SignalScope, EndsTheRunAtASignalOfThePreemptionHoweverOftenItComes) {
  RunControl control;
  Preemption preemption;
  preemption.set_signals("USR1");
  const SignalScope scope(control, preemption);
  raise(SIGUSR1);
  raise(SIGUSR1);
  EXPECT_EQ(control.stop_reason(), SIGUSR1);
  EXPECT_FALSE(control.take_save());
}

TEST(SignalScope, EndsTheRunWhenItsTimeIsUp) {
  RunControl control;
  Preemption preemption;
  preemption.set_max_time("3:50:00");
  const SignalScope scope(control, preemption);
  raise(SIGALRM);
  EXPECT_EQ(control.stop_reason(), SIGALRM);
  EXPECT_TRUE(preemption.is_reason(control.stop_reason()));
}

}  // namespace
}  // namespace millrace
