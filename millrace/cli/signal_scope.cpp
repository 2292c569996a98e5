#include "millrace/cli/signal_scope.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "millrace/base/error.h"
#include "millrace/base/run_control.h"

namespace millrace {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};

std::atomic<RunControl*> steered_run{nullptr};
static_assert(std::atomic<RunControl*>::is_always_lock_free);

extern "C" void steer_run(int signal) {
  const int saved_errno = errno;
  if (RunControl* control = steered_run.load(std::memory_order_relaxed)) {
    if (signal == SIGUSR1) {
      control->save();
    } else if (control->stop_reason() != 0) {
      _exit(128 + signal);
    } else {
      control->stop(signal);
      constexpr char kText[] = "\nmillrace: stopping after this step; once more leaves at once\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    }
  }
  errno = saved_errno;
}

}  // namespace

SignalScope::SignalScope(RunControl& control) {
  MILLRACE_ASSERT(!steered_run.load(), "two runs can't be steered by signals at once");
  steered_run = &control;
  struct sigaction action {};
  action.sa_handler = &steer_run;
  action.sa_flags = SA_RESTART;  // a read or a wait of the run goes on
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

SignalScope::~SignalScope() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  steered_run = nullptr;
}

void outlive_readers() {
  // SIGXFSZ: a limit of the size of files; the write that it stops fails as on a full disk.
  for (const int sign_of_loss : {SIGPIPE, SIGHUP, SIGXFSZ}) signal(sign_of_loss, SIG_IGN);
}

}  // namespace millrace
