#pragma once

#include <optional>
#include <vector>

#include "millrace/hub/message_hub.h"
#include "millrace/runner/hook.h"

namespace millrace {

class OptimWrapper;

/// Publishes the state of the run on the hub: stage, epoch, iteration, learning rate, losses, metrics.
///
/// Scalars  train/lr (of the first group; `train/NAME.lr` with several optimizers), train/base_lr, train/grad_norm,
///          train/LOSS for each loss (fetched from the device only when someone reads them), val/METRIC, test/METRIC
/// Infos    seed, experiment_name, cfg; loop_stage, epoch, iter, max_epochs, max_iters; metrics that are no numbers
class RuntimeInfoHook final : public Hook {
 public:
  int default_priority() const override { return kVeryHigh; }

  void before_run(RunPoint& point) override;
  void before_train(RunPoint& point) override;
  void after_train(RunPoint& point) override;
  void before_train_epoch(RunPoint& point) override;
  void before_train_iter(TrainIter& point) override;
  void after_train_iter(TrainIter& point) override;
  void before_val(RunPoint& point) override;
  void after_val(RunPoint& point) override;
  void after_val_epoch(EvalEnd& point) override;
  void before_test(RunPoint& point) override;
  void after_test(RunPoint& point) override;
  void after_test_epoch(EvalEnd& point) override;

 private:
  void enter_stage(Runner& runner, Mode mode);
  void leave_stage(Runner& runner);
  static void publish_metrics(Runner& runner, const MetricMap& metrics, Mode mode);

  std::optional<InfoId> stage_, epoch_, iter_;
  std::vector<State> outer_stages_;
  struct Rate {
    ScalarId id;
    const OptimWrapper* optim;
    bool base;  // the one without multipliers
  };
  std::vector<Rate> rates_;
  std::optional<ScalarId> total_;
  std::vector<std::pair<int32_t, ScalarId>> loss_slots_;  // by the name id of the loss
};

}  // namespace millrace
