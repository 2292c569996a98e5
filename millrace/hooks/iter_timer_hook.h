#pragma once

#include <array>
#include <chrono>
#include <optional>

#include "millrace/hub/message_hub.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Measures how long iterations take and how long they wait for data, and estimates the remaining time.
///
/// Scalars  MODE/data_time, MODE/time in seconds of wall clock: until the batch was there, and until the step was done.
///          Saves, schedules and validations between two iterations count as data_time of the next.
/// Infos    eta in seconds. Nothing is synchronised with a device.
class IterTimerHook final : public Hook {
 public:
  void before_train(RunPoint& point) override;
  void before_epoch(EpochPoint& point) override;
  void before_iter(IterPoint& point) override;
  void after_iter(IterPoint& point) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Slots {
    ScalarId data_time, time;
  };
  Slots& slots(Runner& runner, Mode mode);

  Clock::time_point mark_{};
  std::array<std::optional<Slots>, 3> slots_;
  std::optional<InfoId> eta_;
  double train_total_ = 0, eval_total_ = 0;
  int64_t train_count_ = 0, eval_count_ = 0;
};

}  // namespace millrace
