// The command with one more hook, which kills its process at a given instant: what a power cut does to a training.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "millrace/base/text.h"
#include "millrace/cli/main.h"
#include "millrace/runner/runner.h"

namespace millrace {
namespace {

/// MILLRACE_KILL = "POINT:ITERATION[:MICROSECONDS]": kills at that point of that iteration, or so long after it.
/// Without the variable nothing happens. MILLRACE_KILL_WITH is the number of another signal than SIGKILL.
class KillHook final : public Hook {
 public:
  KillHook() {
    const char* text = std::getenv("MILLRACE_KILL");
    if (!text) return;
    const std::vector<std::string> parts = split(text, ':');
    point_ = parts.at(0);
    iteration_ = std::stoll(parts.at(1));
    if (parts.size() > 2) delay_us_ = std::stoll(parts[2]);
    if (const char* signal = std::getenv("MILLRACE_KILL_WITH")) signal_ = std::stoi(signal);
  }
  int default_priority() const override { return kHighest; }
  void before_train_iter(TrainIter& at) override { die_if_here(at.runner, "before_train_iter"); }
  void after_train_iter(TrainIter& at) override { die_if_here(at.runner, "after_train_iter"); }
  void after_train_epoch(RunPoint& at) override { die_if_here(at.runner, "after_train_epoch"); }
  void before_val_iter(EvalIter& at) override { die_if_here(at.runner, "before_val_iter"); }
  void after_val_epoch(EvalEnd& at) override { die_if_here(at.runner, "after_val_epoch"); }
  void before_save_checkpoint(CheckpointPoint& at) override { die_if_here(at.runner, "before_save_checkpoint"); }
  void after_save_checkpoint(CheckpointPoint& at) override { die_if_here(at.runner, "after_save_checkpoint"); }

 private:
  void die_if_here(Runner& runner, const char* point) {
    if (point_ != point || runner.iter() != iteration_) return;
    point_.clear();
    if (delay_us_ == 0) {
      std::raise(signal_);
      return;
    }
    std::thread([delay = delay_us_, signal = signal_] {
      std::this_thread::sleep_for(std::chrono::microseconds(delay));
      std::raise(signal);
    }).detach();
  }
  std::string point_;
  int64_t iteration_ = -1, delay_us_ = 0;
  int signal_ = SIGKILL;
};
MILLRACE_REGISTER(Hook, KillHook);

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) { return millrace::main(argc, argv); }
