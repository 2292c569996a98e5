#include "millrace/hooks/throughput_hook.h"

#include <utility>

#include "millrace/dist/ranks.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"

namespace millrace {

ThroughputHook::ThroughputHook(Options options) : options_(checked<ThroughputHook>(std::move(options))) {}

void ThroughputHook::before_train(RunPoint& point) {
  id_ = point.runner.hub().scalar(mode_tag(Mode::train, "samples_per_second"));
  time_ = {};
  rows_ = iters_ = 0;
}

void ThroughputHook::before_train_epoch(RunPoint&) { mark_ = Clock::now(); }

void ThroughputHook::after_val_epoch(EvalEnd&) { mark_ = Clock::now(); }

void ThroughputHook::after_train_iter(TrainIter& point) {
  const Clock::time_point now = Clock::now();
  time_ += now - std::exchange(mark_, now);
  rows_ += point.batch.size();
  if (++iters_ < options_.interval) return;
  const double seconds = std::chrono::duration<double>(time_).count();
  const auto rows = static_cast<double>(rows_ * point.runner.context().ranks.size());
  if (seconds > 0) point.runner.hub().update(*id_, rows / seconds);
  time_ = {};
  rows_ = iters_ = 0;
}

MILLRACE_REGISTER(Hook, ThroughputHook);

}  // namespace millrace
