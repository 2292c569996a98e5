#include "millrace/hooks/iter_timer_hook.h"

#include "millrace/runner/runner.h"

namespace millrace {

namespace {

double seconds(std::chrono::steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

IterTimerHook::Slots& IterTimerHook::slots(Runner& runner, Mode mode) {
  auto& slots = slots_[static_cast<size_t>(mode)];
  if (!slots) {
    slots = Slots{runner.hub().scalar(mode_tag(mode, "data_time")), runner.hub().scalar(mode_tag(mode, "time"))};
    eta_ = runner.hub().info("eta");
  }
  return *slots;
}

void IterTimerHook::before_train(RunPoint&) {
  train_total_ = 0;
  train_count_ = 0;
}

void IterTimerHook::before_epoch(EpochPoint& point) {
  slots(point.runner, point.mode);
  if (point.mode != Mode::train) eval_total_ = 0, eval_count_ = 0;
  mark_ = Clock::now();
}

void IterTimerHook::before_iter(IterPoint& point) {
  point.runner.hub().update(slots_[static_cast<size_t>(point.mode)]->data_time, seconds(Clock::now() - mark_));
}

void IterTimerHook::after_iter(IterPoint& point) {
  Runner& runner = point.runner;
  const Clock::time_point now = Clock::now();
  const double time = seconds(now - mark_);
  mark_ = now;
  runner.hub().update(slots_[static_cast<size_t>(point.mode)]->time, time);
  if (point.mode == Mode::train) {
    train_total_ += time;
    ++train_count_;
    const int64_t last = runner.max_iters();
    if (last > 0)
      runner.hub().update_info(
          *eta_, train_total_ / static_cast<double>(train_count_) * static_cast<double>(last - point.done));
  } else {
    eval_total_ += time;
    ++eval_count_;
    const int64_t length = runner.loader_length(point.mode);
    if (length > 0)
      runner.hub().update_info(
          *eta_, eval_total_ / static_cast<double>(eval_count_) * static_cast<double>(length - point.done));
  }
}

MILLRACE_REGISTER(Hook, IterTimerHook);

}  // namespace millrace
