#include "millrace/runner/hook.h"

namespace millrace {

const char* hook_point_name(HookPoint point) {
  static constexpr const char* kNames[] = {
#define MILLRACE_POINT(name) #name,
      MILLRACE_HOOK_POINTS(MILLRACE_POINT)
#undef MILLRACE_POINT
  };
  return kNames[static_cast<size_t>(point)];
}

void Hook::forward_epoch(RunPoint& point, Mode mode, void (Hook::*generic)(EpochPoint&)) {
  EpochPoint inner{point.runner, mode};
  (this->*generic)(inner);
}

void Hook::after_val_epoch(EvalEnd& point) {
  EpochPoint inner{point.runner, Mode::val};
  after_epoch(inner);
}

void Hook::after_test_epoch(EvalEnd& point) {
  EpochPoint inner{point.runner, Mode::test};
  after_epoch(inner);
}

void Hook::before_train_iter(TrainIter& point) {
  IterPoint inner{point.runner, Mode::train, point.batch_idx, point.done, point.batch, {}};
  before_iter(inner);
}

void Hook::after_train_iter(TrainIter& point) {
  IterPoint inner{point.runner, Mode::train, point.batch_idx, point.done, point.batch, point.losses};
  after_iter(inner);
}

namespace {

IterPoint inner_point(EvalIter& point, Mode mode) {
  return {point.runner, mode, point.batch_idx, point.batch_idx + 1, point.batch, {}};
}

}  // namespace

void Hook::before_val_iter(EvalIter& point) {
  IterPoint inner = inner_point(point, Mode::val);
  before_iter(inner);
}

void Hook::after_val_iter(EvalIter& point) {
  IterPoint inner = inner_point(point, Mode::val);
  after_iter(inner);
}

void Hook::before_test_iter(EvalIter& point) {
  IterPoint inner = inner_point(point, Mode::test);
  before_iter(inner);
}

void Hook::after_test_iter(EvalIter& point) {
  IterPoint inner = inner_point(point, Mode::test);
  after_iter(inner);
}

}  // namespace millrace
