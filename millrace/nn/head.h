#pragma once

#include "millrace/nn/backbone.h"
#include "millrace/nn/initializer.h"

namespace millrace {

class Batch;
class LossMap;

/// The part of a model that turns features into losses and predictions; one interface for all tasks, so that a model of
/// one task can use a head of another.
class Head : public torch::nn::Module, public nn::HasInit {
 public:
  static constexpr const char* kKind = "Head";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Head>;

  /// The raw outputs: for a classifier one tensor, the scores (N, K).
  virtual Features forward(const Features& features) = 0;
  /// Throws Error if it can't be trained as it was built: its loss is for another number of classes.
  virtual void check_training() const {}
  /// Throws Error where the ground truth of a training batch is none for this head. The batch is as the loader made it,
  /// on the CPU: on a device nobody could look at a label without waiting.
  virtual void check_targets(const Batch& batch) const {}
  /// Reads the ground truth of the batch.
  virtual LossMap loss(const Features& features, const Batch& batch) = 0;
  /// Adds `pred_*` columns to the batch.
  virtual void predict(const Features& features, Batch& batch) = 0;
};

}  // namespace millrace
