#pragma once

#include <signal.h>

#include <array>

namespace millrace {

class RunControl;

/// While it lives, the signals of a training steer it: SIGINT and SIGTERM end the run after its running step, a second
/// one leaves at once with 128 + its number; SIGUSR1 saves and goes on. What was installed before is put back. One at a
/// time.
class SignalScope {
 public:
  explicit SignalScope(RunControl& control);
  ~SignalScope();
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  std::array<struct sigaction, 3> before_{};
};

}  // namespace millrace
