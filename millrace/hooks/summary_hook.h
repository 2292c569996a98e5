#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// At the end of a training, or of a session of it: `summary.json` and `curves.svg` in the run folder.
///
///     {"best": {"metric", "rule", "value", "epoch", "iter", "checkpoint"}, "last": {the same keys}, "train_seconds",
///      "samples_per_second", "iters", "threads", "isa", "precision", "scalars", "resumed_from"}
///
/// What best and last are is said by RunResults. `rule` is "greater", "less" or null, where nobody says which is better.
/// The curves are drawn from the records of the first visual backend that keeps them as lines of JSON; without one there
/// are none.
class SummaryHook final : public Hook {
 public:
  int default_priority() const override { return kLowest; }
  void after_run(RunPoint& point) override;
};

}  // namespace millrace
