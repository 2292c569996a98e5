#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// What ends a training so that it can go on later, on another machine perhaps: its time is up, or the scheduler of a
/// cluster says by a signal that it will take the machine away. The state is saved, and the exit code is 75
/// (EX_TEMPFAIL of sysexits.h: try again).
struct Preemption {
  static constexpr int kExitCode = 75;

  std::string max_time{};      // as it was given: "3:50:00"; "" without a limit
  int64_t seconds = 0;         // of max_time
  std::string preempt_on{};    // as it was given: "USR1,TERM"
  std::vector<int> signals{};  // of preempt_on

  /// Takes H:MM:SS, MM:SS or seconds. Throws Error for anything else, and for no time at all.
  void set_max_time(const std::string& text);
  /// Takes names of signals, with or without SIG, separated by commas: USR1, USR2, TERM, HUP, XCPU.
  void set_signals(const std::string& names);
  /// Whether a run that was stopped by this signal was pre-empted; SIGALRM says that its time is up.
  bool is_reason(int signal) const;
};

}  // namespace millrace
