#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>

#include "millrace/base/perhaps.h"
#include "millrace/runner/hook_points.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Batch;
class LossMap;
class MetricMap;
class Runner;

/// The losses of an iteration, on the device, which are there after its step: reading them earlier throws Error.
struct StepLosses : Perhaps<const LossMap> {
  StepLosses(const LossMap* losses = nullptr)  // NOLINT: it is a pointer
      : Perhaps(losses, "there are no losses at this point: they come with the step, so after_train_iter has them") {}
};

/// A point of a run without further data.
struct RunPoint {
  Runner& runner;
};
/// Around one training iteration. `runner.iter()` counts it only after after_train_iter of all hooks.
struct TrainIter {
  Runner& runner;
  int64_t batch_idx;  // in the pass over the data; the iteration itself in an iteration-based run
  int64_t done;       // finished iterations of the run, including this one
  Batch& batch;
  StepLosses losses;  // the result of the step
};
/// Around one batch of a validation or a test; after it the batch has its `pred_*` columns.
struct EvalIter {
  Runner& runner;
  int64_t batch_idx;
  Batch& batch;
};
struct EvalEnd {
  Runner& runner;
  const MetricMap& metrics;
};
struct CheckpointPoint {
  Runner& runner;
  State& checkpoint;  // may be edited
  std::filesystem::path path;
  bool resume;  // loading: the whole run is resumed, not only the weights
};
struct StopPoint {
  Runner& runner;
  int signal;  // the signal's number, RunControl::kCancel for a cancel, 0 for a stop that a hook asked for
};
/// An error ends the call.
struct ExceptionPoint {
  Runner& runner;
  std::exception_ptr error;
  bool is_whole = false;  // a training, and its state is that of finished iterations: a save that is asked for is made
};
/// Around backward passes and optimizer steps; `name` is that of the optimizer in its set.
struct OptimPoint {
  Runner& runner;
  const std::string& name;
};
/// For the four generic points.
struct EpochPoint {
  Runner& runner;
  Mode mode;
};
struct IterPoint {
  Runner& runner;
  Mode mode;
  int64_t batch_idx;
  int64_t done;  // including this one: iterations of the training, batches of an evaluation
  Batch& batch;
  StepLosses losses;  // after the step of a training
};

}  // namespace millrace
