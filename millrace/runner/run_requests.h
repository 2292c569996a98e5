#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "millrace/runner/save.h"

namespace millrace {

class Logger;
class Ranks;
class RunControl;

/// What a run has been asked for and has not done yet. Hooks ask for saves and stops through the Runner, people through
/// RunControl; the loop does it between two iterations.
///
/// A request of one rank is for all of them: each call whose name begins with `agreed` is made by every rank at the
/// same place, and gives the same answer to all.
class RunRequests {
 public:
  /// `control` is null if nobody asks from outside.
  RunRequests(Ranks& ranks, Logger& logger, RunControl* control) : ranks_(ranks), logger_(logger), control_(control) {}

  void save(SaveRequest request) { saves_.push_back(std::move(request)); }
  /// The first reason is logged and kept.
  void stop(std::string reason);

  /// What hooks of this rank asked for.
  bool has_stop() const { return !stop_.empty(); }
  const std::vector<SaveRequest>& saves() const { return saves_; }
  std::vector<SaveRequest> take_saves();

  /// Ends the call that runs as a cancel does; for any thread.
  void cancel() { is_cancelled_.store(true, std::memory_order_relaxed); }
  /// Why this rank should end the call that runs: a signal's number or RunControl::kCancel; 0 if it need not.
  int own_signal() const;
  /// Why the run should end at once: a signal's number or RunControl::kCancel if any rank has it, else 0.
  int agreed_signal();
  /// Whether a hook of any rank has asked for a stop. If so, every rank has the request afterwards.
  bool agreed_stop();
  /// What agreed_signal() gave last, if it was not 0; of this session.
  int signal() const { return signal_; }
  /// Around a call of train(), val() or test(): what it was asked for is for it alone.
  void begin_call();
  void end_call();

 private:
  Ranks& ranks_;
  Logger& logger_;
  RunControl* control_;
  std::vector<SaveRequest> saves_;
  std::string stop_;  // the reason; "" if no hook has asked
  int signal_ = 0;
  uint64_t served_ = 0;  // stops that came before this call and are not for it
  std::atomic<bool> is_cancelled_{false};
};

}  // namespace millrace
