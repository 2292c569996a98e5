#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <type_traits>

#include "millrace/base/mode.h"
#include "millrace/nn/module_view.h"
#include "millrace/registry/component.h"

namespace millrace {

class BaseTTAModel;
class Batch;
class LossMap;
class OptimSet;
class SteppedModel;
class TaskView;

/// The interface of a network for the loops.
///
/// The loop turns on autocast for each step, and turns off gradients for val_step and test_step. A model with its own
/// train_step calls `optims["generator"].update(losses)` for each optimizer; precision, accumulation, clipping and
/// gradient sync happen in there, and the model need not know them.
class Model {
 public:
  static constexpr const char* kKind = "Model";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Model>;

  /// The facts on a model that are known before it is built.
  struct Facts {
    bool has_one_optimizer = false;  // it uses SteppedModel's train_step, which needs exactly one
  };
  template <class T>
  static Facts facts_of_class();

  virtual ~Model() = default;

  /// Trains with one batch: makes a step, or adds to an accumulation group. Returns losses to log, still on the device.
  virtual LossMap train_step(Batch& batch, OptimSet& optims) = 0;
  /// Adds `pred_*` columns to the batch.
  virtual void val_step(Batch& batch) = 0;
  virtual void test_step(Batch& batch) { val_step(batch); }

  /// How to show its predictions to people (vis/task_view.h); empty: unknown.
  virtual Component<TaskView> task_view() const;

  /// How its task merges predictions of several views of a sample (model/tta_model.h); empty: unknown.
  virtual Component<BaseTTAModel> tta_model() const;

  /// Throws Error if the network as it was built can't be trained (validated, tested). A run asks before its first step,
  /// `config validate` asks too.
  virtual void check_use(Mode mode) const {}

  virtual ModuleView modules() const = 0;
  /// Sets training mode (dropout, batch statistics) or evaluation mode for the whole tree.
  virtual void set_training(bool training) = 0;
  virtual bool is_training() const = 0;
  /// Draws the initial weights from the default generator. Called once, before weights are loaded.
  virtual void init_weights() {}
  virtual void to(const c10::Device& device) = 0;
  virtual c10::Device device() const = 0;
};

template <class T>
Model::Facts Model::facts_of_class() {
  if constexpr (std::is_base_of_v<SteppedModel, T> && requires { &T::train_step; })
    return {std::is_same_v<decltype(&T::train_step), LossMap (SteppedModel::*)(Batch&, OptimSet&)>};
  else return {};
}

}  // namespace millrace
