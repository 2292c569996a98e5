#pragma once

#include <chrono>
#include <limits>
#include <memory>

#include "millrace/base/run_control.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Tells RunControl::on_progress where the run stands, ten times a second at most: for a progress bar, or a host's
/// window. The Runner adds it where somebody listens.
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
