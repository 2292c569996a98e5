#pragma once

#include <memory>
#include <optional>

#include "millrace/base/run_control.h"
#include "millrace/cli/signal_scope.h"

namespace millrace {

class ProgressBar;
struct Preemption;
class Terminal;

/// The surroundings of a run in the command: the settings of its process, signals, and a progress bar if somebody watches.
/// Once it has begun, the process does not end where a reader of its output goes away.
class RunSession {
 public:
  RunSession();
  explicit RunSession(const Preemption& preemption);
  ~RunSession();

  RunControl& control() { return control_; }
  const std::shared_ptr<Terminal>& terminal() const { return terminal_; }

 private:
  RunControl control_;
  std::shared_ptr<Terminal> terminal_;  // of stderr
  std::unique_ptr<ProgressBar> bar_;    // null if nobody watches
  std::optional<SignalScope> signals_;
};

/// The label of the bar: "train 3/10" in a run by epochs, else "train", "val" or "test".
std::string status_label(const RunStatus& status);

}  // namespace millrace
