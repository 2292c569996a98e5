#include "millrace/cli/signal_scope.h"

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "millrace/base/error.h"
#include "millrace/base/run_control.h"

namespace millrace {
namespace {

std::atomic<RunControl*> steered_run{nullptr};
static_assert(std::atomic<RunControl*>::is_always_lock_free);

void say(const char* text, size_t size) { [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, size); }

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
      say(kText, sizeof kText - 1);
    }
  }
  errno = saved_errno;
}

extern "C" void preempt_run(int signal) {
  const int saved_errno = errno;
  RunControl* control = steered_run.load(std::memory_order_relaxed);
  if (control && control->stop_reason() == 0) {
    control->stop(signal);
    constexpr char kText[] = "\nmillrace: stopping after this step, to go on later\n";
    say(kText, sizeof kText - 1);
  }
  errno = saved_errno;
}

void set_alarm(int64_t seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

void SignalScope::take(int signal, void (*handler)(int)) {
  struct sigaction action {
  }, before{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // a read or a wait of the run goes on
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, &before);
  before_.emplace_back(signal, before);
}

SignalScope::SignalScope(RunControl& control, const Preemption& preemption) {
  MILLRACE_ASSERT(!steered_run.load(), "two runs can't be steered by signals at once");
  steered_run = &control;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) take(signal, &steer_run);
  for (const int signal : preemption.signals) take(signal, &preempt_run);
  if (preemption.seconds == 0) return;
  take(SIGALRM, &preempt_run);
  set_alarm(preemption.seconds);
}

SignalScope::~SignalScope() {
  set_alarm(0);
  while (!before_.empty()) {
    sigaction(before_.back().first, &before_.back().second, nullptr);
    before_.pop_back();
  }
  steered_run = nullptr;
}

void outlive_readers() {
  // SIGXFSZ: a limit of the size of files; the write that it stops fails as on a full disk.
  for (const int sign_of_loss : {SIGPIPE, SIGHUP, SIGXFSZ}) signal(sign_of_loss, SIG_IGN);
}

}  // namespace millrace
