#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "millrace/nn/module_view.h"
#include "millrace/registry/component.h"

namespace millrace {

class Batch;
class LossMap;
class OptimSet;
class TaskView;

/// What the loops see of a network.
///
/// Autocast is open while a step runs (the loop opens it), gradients are off in val_step and test_step. A model that
/// has a train_step of its own calls `optims["generator"].update(losses)` for each optimizer it wants to move;
/// precision, accumulation, clipping and gradient sync happen in there and need nothing of the model.
class Model {
 public:
  static constexpr const char* kKind = "Model";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Model>;

  virtual ~Model() = default;

  /// Moves the weights by one batch, or adds to an accumulation group; returns losses to log, still on the device.
  virtual LossMap train_step(Batch& batch, OptimSet& optims) = 0;
  /// Adds `pred_*` columns to the batch.
  virtual void val_step(Batch& batch) = 0;
  virtual void test_step(Batch& batch) { val_step(batch); }

  /// How people see what it predicts (vis/task_view.h); empty: nobody knows.
  virtual Component<TaskView> task_view() const;

  virtual ModuleView modules() const = 0;
  /// Training mode (dropout, batch statistics) or evaluation mode, of the whole tree.
  virtual void set_training(bool training) = 0;
  virtual bool is_training() const = 0;
  /// Draws the initial weights from the default generator. Called once, before anything is loaded.
  virtual void init_weights() {}
  virtual void to(const c10::Device& device) = 0;
  virtual c10::Device device() const = 0;
};

}  // namespace millrace
