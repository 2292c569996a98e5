#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace millrace {

/// While it lives, the threads of an operator that wait for each other sleep almost at once, instead of spinning
/// GOMP_SPINCOUNT times first. What they compute stays the same, bit for bit.
///
/// libgomp does this when it manages more threads than there are processors (gomp_throttled_spin_count_var of its
/// config/linux/wait.h). So this starts a team of threads that have nothing to do.
class ShortWaits {
 public:
  /// `threads`: those of an operator. With another OpenMP library nothing changes.
  explicit ShortWaits(int threads);
  ~ShortWaits();
  ShortWaits(const ShortWaits&) = delete;
  ShortWaits& operator=(const ShortWaits&) = delete;

 private:
  void hold_team(unsigned size);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false, is_over_ = false;
  std::thread holder_;  // its team lives as long as it does
};

}  // namespace millrace
