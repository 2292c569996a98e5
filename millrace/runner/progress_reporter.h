#pragma once

#include <chrono>
#include <limits>
#include <memory>

#include "millrace/base/run_control.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Reports the position of the run to RunControl::on_progress, at most ten times a second: for a progress bar, or the
/// window of an embedding program. The Runner adds it if on_progress is set.
class ProgressReporter final : public Hook {
 public:
  explicit ProgressReporter(RunControl& control) : control_(control) {}
  int default_priority() const override { return kLowest; }
  void before_epoch(EpochPoint& point) override;
  void after_iter(IterPoint& point) override;

 private:
  using Clock = std::chrono::steady_clock;
  RunControl& control_;
  Clock::time_point told_{}, began_{};
  int64_t samples_ = 0;
  double loss_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace millrace
