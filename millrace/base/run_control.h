#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "millrace/base/mode.h"

namespace millrace {

/// How far a run is, to show it to a person.
struct RunStatus {
  Mode mode = Mode::train;
  int64_t epoch = 0, max_epochs = 0;  // max_epochs is 0 if the run counts iterations
  int64_t iter = 0, max_iters = 0;    // of the training; of the loop in val and test
  double seconds_left = -1;           // -1: not known
  double samples_per_second = 0;
  double loss = 0;  // the last one that was read from the device; nan before the first
};

/// Connects a running Runner with the outside: a signal handler, or the program that embeds the run. Any thread may
/// call the members; a signal handler may call stop and save.
class RunControl {
 public:
  static constexpr int kCancel = -1;

  /// Ends the run after the running step, with a save. A signal's number, or kCancel.
  void stop(int reason = kCancel) { stop_.store(reason, std::memory_order_relaxed); }
  /// Saves after the running step and goes on.
  void save() { save_.store(true, std::memory_order_relaxed); }

  int stop_reason() const { return stop_.load(std::memory_order_relaxed); }
  bool take_save() { return save_.load(std::memory_order_relaxed) && save_.exchange(false, std::memory_order_relaxed); }

  /// Called by the training thread, at most about ten times a second.
  std::function<void(const RunStatus&)> on_progress;

 private:
  static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
  std::atomic<int> stop_{0};
  std::atomic<bool> save_{false};
};

}  // namespace millrace
