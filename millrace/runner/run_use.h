#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace {

/// Who uses a Runner now: one thread at a time. In that thread a hook may call val(), test() and checkpoint() while a
/// training runs, but nothing within itself.
///
///     const auto use = std::make_shared<RunUse>();
///     const RunUse::Call call(use, "train");  // throws Error if that must not be now
///
/// Shared by the Runner and its calls, so that the last call can say that it is over when the Runner has gone.
class RunUse {
 public:
  class Call {
   public:
    /// `name`: train, val, test, checkpoint, resume.
    Call(std::shared_ptr<RunUse> use, const char* name);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    /// Whether it was made by a hook of another call.
    bool is_within() const { return is_within_; }

   private:
    std::shared_ptr<RunUse> use_;
    bool is_within_ = false;
  };

  /// Throws Error if a call runs: `what` must come before it. `what`: "add_hook()".
  void require_idle(const std::string& what);
  /// Throws Error if a call runs in another thread.
  void require_own_thread(const std::string& what);
  /// Whether a call runs in another thread; from then on nobody begins another one.
  bool close();
  void wait_for_end();

 private:
  /// Of the calls in this thread or in none; the lock is held.
  void refuse_other_thread(const std::string& what) const;

  std::mutex mutex_;
  std::condition_variable ended_;
  std::thread::id thread_;
  std::vector<std::string> calls_;  // that run, one within the other
  bool is_closed_ = false;
};

}  // namespace millrace
