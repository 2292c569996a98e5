#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// Writes `summary.json` and `curves.svg` into the run folder at the end of a training, or of a session of it.
///
///     {"best": {"metric", "rule", "value", "epoch", "iter", "checkpoint"}, "last": {the same keys}, "train_seconds",
///      "samples_per_second", "iters", "threads", "isa", "precision", "not_finite": {"name",
///      "iter"}, "broken_weight", "scalars", "resumed_from"}
///
/// `not_finite` is the first loss or gradient norm that was not finite, `broken_weight` the first such weight at the end,
/// or null.
/// RunResults defines best and last. `rule` is "greater", "less", or null if it is not known which is better. The
/// curves come from the first visual backend that writes lines of JSON; without one there are no curves.
class SummaryHook final : public Hook {
 public:
  int default_priority() const override { return kLowest; }
  void after_run(RunPoint& point) override;
};

}  // namespace millrace
