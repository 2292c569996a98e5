#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "millrace/runner/hook.h"

namespace millrace {

/// Keeps values that are not finite out of the weights, and says where they come from.
///
///     custom_hooks = [dict(type='NanGuardHook')]                                          # end the run
///     custom_hooks = [dict(type='NanGuardHook', action='skip', patience=10)]              # leave such updates out
///
/// It looks at each loss, and before each step of an optimizer at the norm of all gradients. A step with a gradient that
/// is not finite is not made: its gradients are dropped, so that weights and state stay as they are. Then the batch is run
/// again with checks: the message names the first layer, forward or backward, that is not finite
/// (source_of_not_finite), and the `action` follows:
///
///     stop       an Error ends the run; the state of the last finished iteration is saved
///     skip       a warning; buffers, such as running statistics, go back to what they were before the iteration
///     roll_back  a warning; weights, buffers and the optimizer's moments go back to those of the last snapshot, of which
///                one is made in memory every `snapshot_interval` iterations; data, schedules and counts go on
///
/// After `patience` such iterations in a row, skip and roll_back end the run as stop does.
///
/// On a CPU a loss is read by its pointer, each iteration. On a device nothing waits for it: it adds to a flag, which is
/// read every `interval` iterations; until then weights may be lost, so use roll_back there. With skip it is read before
/// each step. Steps that a loss scaler leaves out are not its concern.
class NanGuardHook final : public Hook {
 public:
  enum class Action { stop, skip, roll_back };
  struct Options {
    Action action = Action::stop;
    int64_t interval = 50;
    int64_t patience = 10;
    int64_t snapshot_interval = 100;

    template <class Fields>
    static void describe(Fields& f) {
      f("action", &Options::action, "what follows on a value that is not finite");
      f("interval", &Options::interval, "on a device: iterations from one look to the next").at_least(1);
      f("patience", &Options::patience, "such iterations in a row that end the run, whatever the action").at_least(1);
      f("snapshot_interval", &Options::snapshot_interval, "for roll_back: iterations from one snapshot to the next")
          .at_least(1);
    }
  };
  NanGuardHook() : NanGuardHook(Options{}) {}
  explicit NanGuardHook(Options options);
  int default_priority() const override { return kVeryHigh; }

  void before_train(RunPoint& point) override;
  void before_train_iter(TrainIter& point) override;
  void before_optim_step(OptimPoint& point) override;
  void after_train_iter(TrainIter& point) override;

 private:
  using Copies = std::vector<std::pair<at::Tensor, at::Tensor>>;  // tensors of the model, and what they were
  void note(const at::Tensor& value, bool now);
  std::string what_was_found(TrainIter& point) const;
  void act(TrainIter& point);
  void take_snapshot(Runner& runner);
  void roll_back(Runner& runner);

  Options options_;
  std::vector<at::Tensor> weights_, buffers_;  // of the model, whose values may be lost
  bool gradient_found_ = false;
  bool loss_found_ = false;
  at::Tensor flag_;  // on a device: above 0 if a value was not finite since the last look
  int64_t in_a_row_ = 0;
  Copies buffers_before_, snapshot_;
  State moments_;  // the state of the optimizers in the snapshot, by name
  int64_t snapshot_iter_ = -1;
};

}  // namespace millrace
