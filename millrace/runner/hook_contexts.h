#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>

#include "millrace/runner/hook_points.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Batch;
class LossMap;
class MetricMap;
class Runner;

/// A point of a run without more to say than where it is.
struct RunPoint {
  Runner& runner;
};
/// Around one training iteration. `runner.iter()` counts it when after_train_iter has been called on all hooks.
struct TrainIter {
  Runner& runner;
  int64_t batch_idx;  // in the pass over the data; the iteration itself in an iteration-based run
  int64_t done;       // finished iterations of the run, with this one
  Batch& batch;
  const LossMap* losses;  // what the step returned, on the device; null before it
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
  bool resume;  // loading: the whole run goes on, not the weights alone
};
struct StopPoint {
  Runner& runner;
  int signal;  // the signal's number, RunControl::kCancel for a cancel, 0 for a stop that a hook asked for
};
struct ExceptionPoint {
  Runner& runner;
  std::exception_ptr error;
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
  int64_t done;  // with this one: iterations of the training, batches of an evaluation
  Batch& batch;
  const LossMap* losses;
};

}  // namespace millrace
