#include "millrace/runner/run_requests.h"

#include <utility>

#include "millrace/base/run_control.h"
#include "millrace/dist/ranks.h"
#include "millrace/log/logger.h"
#include "millrace/tensor/state.h"

namespace millrace {

void RunRequests::stop(std::string reason) {
  if (has_stop()) return;
  logger_.info("The training ends early: " + reason);
  stop_ = reason.empty() ? "a hook asks for it" : std::move(reason);
}

std::vector<SaveRequest> RunRequests::take_saves() { return std::exchange(saves_, {}); }

void RunRequests::begin_call() {
  signal_ = 0;
  served_ = control_ ? control_->served() : 0;
}

void RunRequests::end_call() {
  if (control_) control_->serve();
  saves_.clear();
  stop_.clear();
}

int RunRequests::own_signal() const {
  if (is_cancelled_.load(std::memory_order_relaxed)) return RunControl::kCancel;
  return control_ ? control_->stop_reason_since(served_) : 0;
}

int RunRequests::agreed_signal() {
  const int own = own_signal();
  // Ranks agree on the greatest number, and a cancel is below 0.
  constexpr int kFirst = 1 - RunControl::kCancel;
  const int agreed = ranks_.agree(own == 0 ? 0 : own + kFirst);
  if (agreed == 0) return 0;
  return signal_ = agreed - kFirst;
}

bool RunRequests::agreed_stop() {
  if (ranks_.agree(has_stop() ? 1 : 0) == 0) return false;
  if (ranks_.size() > 1)
    for (const State& reason : ranks_.all_gather(State(stop_)))
      if (!reason.string().empty()) stop(reason.string());
  return true;
}

}  // namespace millrace
