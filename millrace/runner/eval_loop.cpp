#include "millrace/runner/eval_loop.h"

#include <ATen/core/grad_mode.h>

#include "millrace/base/run_control.h"
#include "millrace/data/data_loader.h"
#include "millrace/eval/evaluator.h"
#include "millrace/model/model.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/tensor/precision.h"

namespace millrace {

namespace {

/// The hook points of one mode.
struct EvalPoints {
  HookPoint before, before_epoch, before_iter, after_iter, after_epoch, after;
  void (Hook::*call_before)(RunPoint&);
  void (Hook::*call_before_epoch)(RunPoint&);
  void (Hook::*call_before_iter)(EvalIter&);
  void (Hook::*call_after_iter)(EvalIter&);
  void (Hook::*call_after_epoch)(EvalEnd&);
  void (Hook::*call_after)(RunPoint&);
};

constexpr EvalPoints kValPoints = {HookPoint::before_val,     HookPoint::before_val_epoch, HookPoint::before_val_iter,
                                   HookPoint::after_val_iter, HookPoint::after_val_epoch,  HookPoint::after_val,
                                   &Hook::before_val,         &Hook::before_val_epoch,     &Hook::before_val_iter,
                                   &Hook::after_val_iter,     &Hook::after_val_epoch,      &Hook::after_val};
constexpr EvalPoints kTestPoints = {
    HookPoint::before_test,      HookPoint::before_test_epoch, HookPoint::before_test_iter, HookPoint::after_test_iter,
    HookPoint::after_test_epoch, HookPoint::after_test,        &Hook::before_test,          &Hook::before_test_epoch,
    &Hook::before_test_iter,     &Hook::after_test_iter,       &Hook::after_test_epoch,     &Hook::after_test};

}  // namespace

MetricMap EvalLoop::run_once() {
  const EvalPoints& at = mode_ == Mode::val ? kValPoints : kTestPoints;
  HookList& hooks = runner_.hooks();
  Model& model = runner_.model();
  Evaluator& evaluator = runner_.evaluator(mode_);
  DataLoader& loader = runner_.loader(mode_);
  const RunControl* control = runner_.control();
  const Precision precision = options_.fp16 ? half_precision(runner_.context().device) : runner_.precision();

  hooks.call(at.before, at.call_before, RunPoint{runner_});
  hooks.call(at.before_epoch, at.call_before_epoch, RunPoint{runner_});
  runner_.set_training(false);
  evaluator.reset();
  const at::NoGradGuard no_grad;
  loader.start(0, 0);
  int64_t batch_idx = 0;
  while (Batch* batch = loader.next()) {
    EvalIter point{runner_, batch_idx, *batch};
    hooks.call(at.before_iter, at.call_before_iter, point);
    {
      const PrecisionScope scope(precision, runner_.context().device);
      if (mode_ == Mode::val) model.val_step(*batch);
      else model.test_step(*batch);
    }
    evaluator.process(*batch);
    hooks.call(at.after_iter, at.call_after_iter, point);
    ++batch_idx;
    if (control && control->stop_reason() != 0) {
      loader.stop();
      return {};
    }
  }
  const MetricMap metrics = evaluator.evaluate();
  hooks.call(at.after_epoch, at.call_after_epoch, EvalEnd{runner_, metrics});
  write_checkpoints(runner_, runner_.take_save_requests());
  hooks.call(at.after, at.call_after, RunPoint{runner_});
  return metrics;
}

MILLRACE_REGISTER(ValLoop, ValLoop);
MILLRACE_REGISTER(TestLoop, TestLoop);

}  // namespace millrace
