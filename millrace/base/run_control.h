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
///
/// It may serve several Runners, one after the other or at once. A stop ends the calls of train(), val() and test() that
/// run when it comes; if none runs, it ends the next one. The calls after those go on as if there had been none.
class RunControl {
 public:
  static constexpr int kCancel = -1;

  /// Ends the run after the running step, with a save. A signal's number, or kCancel.
  void stop(int reason = kCancel) {
    uint64_t before = stops_.load(std::memory_order_relaxed);
    while (!stops_.compare_exchange_weak(before, (((before >> 32U) + 1) << 32U) | static_cast<uint32_t>(reason),
                                         std::memory_order_relaxed)) {
    }
  }
  /// Saves after the running step and goes on.
  void save() { save_.store(true, std::memory_order_relaxed); }

  /// Of the last stop, whatever it has ended; 0 if there was none.
  int stop_reason() const { return static_cast<int>(static_cast<uint32_t>(stops_.load(std::memory_order_relaxed))); }
  bool take_save() { return save_.load(std::memory_order_relaxed) && save_.exchange(false, std::memory_order_relaxed); }

  /// Called by the training thread, at most about ten times a second.
  std::function<void(const RunStatus&)> on_progress;

  // For the Runner.
  /// Which of the stops have done their work.
  uint64_t served() const { return served_.load(std::memory_order_relaxed); }
  /// The reason of the last stop, if it came after those; else 0.
  int stop_reason_since(uint64_t served) const {
    return stops_.load(std::memory_order_relaxed) >> 32U > served ? stop_reason() : 0;
  }
  /// A call has ended: the stops up to now are for no other.
  void serve() {
    const uint64_t now = stops_.load(std::memory_order_relaxed) >> 32U;
    uint64_t before = served();
    while (before < now && !served_.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
    }
  }

 private:
  static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
  std::atomic<uint64_t> stops_{0};  // their number, and in the lower half the reason of the last one
  std::atomic<uint64_t> served_{0};
  std::atomic<bool> save_{false};
};

}  // namespace millrace
