#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "millrace/model/averaged_weights.h"
#include "millrace/model/averaging.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Keeps an average of the weights, evaluates it, and saves it.
///
///     custom_hooks = [dict(type='EMAHook', momentum=0.001, begin_epoch=10)]
///
///     runner.add_hook(std::make_shared<EMAHook>(
///         EMAHook::Options{.ema_type = use<StochasticWeightAverage>(), .begin_epoch = 10}));
///
/// After each iteration the average takes the weights in, by the rule `ema_type` (`millrace list Averaging`); other keys
/// are the rule's. Validations and tests run with the average once it has begun. Training goes on with the weights.
///
/// A checkpoint has the averages under `state_dict`, so that they are what others load, and the weights that were
/// trained under `ema_state_dict` (checkpoint/averages.h). A resume takes both, and goes on with the same bits. A
/// training that starts from weights alone (load_from) begins its average with them.
///
/// Throws Error before the training if begin_epoch (begin_iter) comes after its end.
class EMAHook final : public Hook {
 public:
  struct Options {
    Component<Averaging> ema_type{};
    int64_t begin_iter = 0;
    int64_t begin_epoch = 0;
    bool strict_load = false;
    std::optional<double> momentum;
    std::optional<int64_t> gamma;
    std::optional<int64_t> interval;
    std::optional<std::string> device;
    std::optional<bool> update_buffers;

    template <class Fields>
    static void describe(Fields& f) {
      f("ema_type", &Options::ema_type, "the rule: its name, or a dict with its keys; None: ExponentialMovingAverage");
      f("begin_iter", &Options::begin_iter, "iteration (from 1) from which on it averages").at_least(0);
      f("begin_epoch", &Options::begin_epoch, "epoch (from 1) from which on it averages").at_least(0);
      f("strict_load", &Options::strict_load, "refuse a resume whose averages do not all fit");
      f("momentum", &Options::momentum, "of the rule: the share of new weights; None: the rule's own");
      f("gamma", &Options::gamma, "of the rule, for those that have it");
      f("interval", &Options::interval, "of the rule: iterations from one that averages to the next");
      f("device", &Options::device, "of the rule: where the averages are");
      f("update_buffers", &Options::update_buffers, "of the rule: average floating-point buffers, too");
      f.ignore("evaluate_on_origin", "a key of mmpretrain: validations run with the average alone");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  EMAHook() : EMAHook(Options{}) {}
  explicit EMAHook(Options options);

  void before_train(RunPoint& point) override;
  void before_train_iter(TrainIter& point) override;
  void after_train_iter(TrainIter& point) override;
  void before_val_epoch(RunPoint& point) override;
  void after_val_epoch(EvalEnd& point) override;
  void before_test_epoch(RunPoint& point) override;
  void after_test_epoch(EvalEnd& point) override;
  void after_load_checkpoint(CheckpointPoint& point) override;
  void before_save_checkpoint(CheckpointPoint& point) override;
  // An evaluation may end before its end.
  void on_stop(StopPoint&) override { end_evaluations(); }
  void on_exception(ExceptionPoint&) override { end_evaluations(); }
  void after_run(RunPoint&) override { end_evaluations(); }

 private:
  void begin_evaluation(Runner& runner);
  void end_evaluation();
  void end_evaluations();

  Options options_;
  std::shared_ptr<const Averaging> rule_;
  AveragedWeights average_;
  int evaluations_ = 0;  // under way, one within the other
  State loaded_;         // averages of the checkpoint that the run is resumed from
  std::string loaded_from_;
};

}  // namespace millrace
