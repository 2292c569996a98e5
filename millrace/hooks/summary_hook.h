#pragma once

#include <optional>
#include <string>

#include "millrace/runner/hook.h"

namespace millrace {

/// At the end of a training, or of a session of it: `summary.json` and `curves.svg` in the run folder.
///
///     {"best": {"metric", "rule", "value", "epoch", "iter", "checkpoint"}, "last": {the same keys}, "train_seconds",
///      "samples_per_second", "iters", "threads", "isa", "precision", "resumed_from"}
///
/// The metric is the one that CheckpointHook keeps the best of, else the first of the first evaluator; its value is in
/// its own unit. `rule` is "greater" or "less": CheckpointHook's, else that of the metric's name; null where neither
/// says, and then the greatest is taken. `best` is filled without save_best, too: from all validations of the run,
/// resumed or not; a nan is never best.
class SummaryHook final : public Hook {
 public:
  int default_priority() const override { return kLowest; }

  void after_val_epoch(EvalEnd& point) override;
  void after_save_checkpoint(CheckpointPoint& point) override;
  void after_run(RunPoint& point) override;
  State state_dict() const override;
  void load_state_dict(const State& state) override;

 private:
  struct Result {
    std::string metric;
    std::optional<double> value;
    int64_t epoch = 0, iter = 0;
    std::string checkpoint, rule;

    State state() const;
    static Result from(const State& state);
  };
  Result best_, last_;
  std::string saved_;  // the newest regular checkpoint of this process, and where it was made
  int64_t saved_iter_ = -1;
};

}  // namespace millrace
