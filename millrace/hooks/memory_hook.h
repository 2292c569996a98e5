#pragma once

#include <chrono>
#include <optional>

#include "millrace/hub/message_hub.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Logs the memory of the process.
///
///     custom_hooks = [dict(type='MemoryHook', seconds=10)]
///
/// It is sampled by time, since reading it costs as much as a short iteration: the first figure comes with the first
/// iteration. Nothing waits for a device, and no peak is reset.
///
/// Publishes  train/memory: what the process has in the machine's memory, in MiB (resident set)
class MemoryHook final : public Hook {
 public:
  struct Options {
    double seconds = 10;

    template <class Fields>
    static void describe(Fields& f) {
      f("seconds", &Options::seconds, "time from one sample to the next").at_least(0);
    }
  };
  MemoryHook() : MemoryHook(Options{}) {}
  explicit MemoryHook(Options options);

  void before_train(RunPoint& point) override;
  void after_train_iter(TrainIter& point) override;

 private:
  using Clock = std::chrono::steady_clock;
  Options options_;
  std::optional<ScalarId> id_;
  std::optional<Clock::time_point> next_;
};

}  // namespace millrace
