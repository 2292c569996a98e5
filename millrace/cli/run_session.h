#pragma once

#include <memory>
#include <optional>

#include "millrace/base/run_control.h"
#include "millrace/cli/signal_scope.h"

namespace millrace {

class ProgressBar;
class Terminal;

/// What the command puts around a run: the allocator's settings, signals, and a progress bar where somebody watches.
class RunSession {
 public:
  RunSession();
  ~RunSession();

  RunControl& control() { return control_; }
  const std::shared_ptr<Terminal>& terminal() const { return terminal_; }

 private:
  RunControl control_;
  std::shared_ptr<Terminal> terminal_;  // of stderr
  std::unique_ptr<ProgressBar> bar_;    // null where nobody watches
  std::optional<SignalScope> signals_;
};

/// "train 3/10" of an epoch run, "train", "val" or "test": what the bar calls it.
std::string status_label(const RunStatus& status);

}  // namespace millrace
