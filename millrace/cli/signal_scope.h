#pragma once

#include <signal.h>

#include <utility>
#include <vector>

#include "millrace/cli/preemption.h"

namespace millrace {

class RunControl;

/// While it lives, signals control the run: SIGINT and SIGTERM end it after the current step, and a second one exits at
/// once with 128 + its number; SIGUSR1 saves and goes on. The signals of a Preemption end the run, too, however often
/// they come, and so does SIGALRM when its time is up, which is counted from here. At the end it restores the earlier
/// handlers. Only one may exist at a time.
class SignalScope {
 public:
  explicit SignalScope(RunControl& control, const Preemption& preemption = {});
  ~SignalScope();
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  void take(int signal, void (*handler)(int));
  std::vector<std::pair<int, struct sigaction>> before_;
};

/// From here on the process goes on where the reader of its output has gone, or the terminal that it was started from:
/// SIGPIPE and SIGHUP are ignored, and what can't be written is lost.
void outlive_readers();

}  // namespace millrace
