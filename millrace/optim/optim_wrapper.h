#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "millrace/dist/grad_sync.h"
#include "millrace/hub/message_hub.h"
#include "millrace/hub/run_context.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/accumulation.h"
#include "millrace/optim/clip_grad.h"
#include "millrace/optim/configured_settings.h"
#include "millrace/optim/loss_scaler.h"
#include "millrace/optim/optim_wrapper_options.h"
#include "millrace/optim/optimizer.h"
#include "millrace/registry/component.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/state.h"

namespace millrace {

class LossMap;
class OptimObserver;

/// An optimizer and all that happens between a loss and its step: accumulation, gradient sync, clipping, loss scaling.
///
///     OptimWrapper optim(view_of(*net), {.optimizer = use<SGD>({.lr = 0.1})});
///     optim.update(losses);                                // or, for every optimizer, LBFGS included:
///     const LossMap losses = optim.step([&] { return loss(batch); });
///
/// Several updates may make one step (Accumulation); such groups span epochs. After a step gradients are undefined, and
/// so is the gradient of a parameter that no loss reaches.
///
/// Publishes  train/grad_norm (train/NAME.grad_norm in a set of several): the norm before clipping, once per step
class OptimWrapper {
 public:
  static constexpr const char* kKind = "OptimWrapper";
  static constexpr const char* kOwnKey =
      "optimizer";  // a config dict with this key is an OptimWrapper, even without a type
  using Registry = millrace::Registry<OptimWrapper, const ModuleView&>;
  using Closure = std::function<LossMap()>;

  using Options = OptimWrapperOptions;
  using Facts = OptimWrapperFacts;

  /// For the parameters of `model`, which owns them; they must outlive the wrapper.
  OptimWrapper(const ModuleView& model, Options options);
  static Facts facts_of(const Options& options) { return options.facts(); }
  virtual ~OptimWrapper();
  OptimWrapper(const OptimWrapper&) = delete;
  OptimWrapper& operator=(const OptimWrapper&) = delete;

  /// Differentiates the total, and steps if this closes the accumulation group. Afterwards the losses are numbers
  /// without a graph. Autocast is off inside. Throws Error if the optimizer needs a closure.
  void update(LossMap& losses);
  void update(const at::Tensor& loss);
  /// Calls the closure, which is one forward pass, updates by its losses, and returns those of the first call. An
  /// optimizer that needs the loss several times per step (LBFGS) calls it several times, with the autocast that is
  /// open here. Gradients are reduced, unscaled and clipped after each call. accumulative_counts must then be 1.
  LossMap step(const Closure& closure);

  /// Whether the next update closes its group and makes a step.
  bool is_closing() const { return accumulation_.is_closing(); }
  void zero_grad() { optimizer_->zero_grad(); }
  /// Switches between the weights for training and for evaluation, if the optimizer has both (Optimizer::train).
  void train() { optimizer_->train(); }
  void eval() { optimizer_->eval(); }

  Optimizer& optimizer() { return *optimizer_; }
  const Optimizer& optimizer() const { return *optimizer_; }
  /// The optimizer's groups; of several the last has no parameters, but the values before any multiplier.
  std::span<ParamGroup> groups() { return optimizer_->groups(); }
  /// The lr of the first group, and of the one without multipliers.
  double lr() const { return optimizer_->groups().front().lr(); }
  std::optional<double> base_lr() const;
  /// momentum or betas[0] of the first group; 0 if the optimizer has neither.
  double momentum() const;
  int64_t inner_count() const { return accumulation_.done(); }
  /// Of the group at hand; a schedule may change it.
  int64_t accumulative_counts() const { return accumulation_.counts(); }
  /// How many updates there were at the last step, or at one of those before it (`back` = 1, 2, …).
  int64_t updates_at_step(int64_t back) const;
  /// (), the norm before the last clipping; undefined before that.
  const at::Tensor& grad_norm() const { return grad_norm_; }
  const LossScaler* loss_scaler() const { return scaler_ ? &*scaler_ : nullptr; }
  const Facts& facts() const { return facts_; }
  const std::string& name() const { return name_; }

  // For the code that runs the training.
  /// Logs the notices of the constructor, and publishes from now on. `name` is its name in the OptimSet.
  void attach(const RunContext& context, std::string name);
  void set_observer(OptimObserver* observer) { observer_ = observer; }  // may be null
  OptimObserver* observer() const { return observer_; }
  /// Attaches it to this wrapper's parameters and to the buffers of its part of the model.
  void set_grad_sync(std::unique_ptr<GradSync> sync);
  /// Before each forward pass of a step.
  void before_forward() { sync_->before_forward(); }
  /// Notes that the optimizer is between two iterations.
  void mark() { mark_ = {accumulation_.done(), backward_passes_, moves_}; }
  /// Goes back to the mark from an iteration that failed: state_dict() then gives what it gave there. False, and nothing
  /// is changed, if the optimizer has stepped, or if a backward pass may have added to the gradients of earlier batches.
  bool go_back();
  /// Of an iteration that failed and can't be gone back from: counts the update that it began, so that the next iteration
  /// is as if this one had been whole, and no gradient of it is stepped twice.
  void give_up_step();
  /// The updates done, their total, and how many an epoch has; -1 if unknown. A count from a loaded state stays.
  void initialize_counts(int64_t done, int64_t max, int64_t epoch_length = -1);
  /// From now on backward passes write only the gradients of this optimizer's parameters.
  void confine_backward() { confined_ = true; }
  /// Multiplies the lr of every parameter, before schedulers are made; base_lr() stays, as in MMEngine.
  void scale_lr(double ratio);
  Logger* logger() { return logger_; }

  /// {state, param_groups} as in torch.optim, base_param_settings, loss_scaler, and under `millrace` the counter, the
  /// gradients of an unfinished group and the settings with which the groups were made.
  State state_dict() const;
  /// If the config has changed a setting, its value wins over the checkpoint's. Throws Error if the parameters differ.
  void load_state_dict(const State& state);

  /// Joins the keys `constructor` and `paramwise_cfg` of a config into the component that they describe.
  static BoundComponent bind_config(const Value& config, Binder& binder);
  /// False, with a note in the binder, if a config dict names a `constructor` that this program does not have.
  static bool constructor_is_known(const Value& config, Binder& binder);

 protected:
  std::optional<LossScaler> scaler_;
  Facts facts_;

 private:
  enum class Told { yes, no };
  void differentiate(const at::Tensor& loss);
  at::Tensor scaled_loss(const at::Tensor& loss) const;
  bool finish_gradients();
  void close_group(bool finite, const std::function<void()>& move);
  at::Tensor evaluate(const Closure& closure, const FullPrecisionScope& full, LossMap& losses, bool& finite);
  void clip(Told told);
  State gradients() const;
  void load_gradients(const State& saved);

  std::vector<Notice> notices_;
  std::shared_ptr<Optimizer> optimizer_;
  Accumulation accumulation_;
  std::optional<ClipGrad> clip_grad_;
  std::unique_ptr<GradSync> sync_ = std::make_unique<NoGradSync>();
  OptimObserver* observer_ = nullptr;
  Logger* logger_ = nullptr;
  MessageHub* hub_ = nullptr;
  std::optional<ScalarId> grad_norm_id_;
  std::string name_;
  ConfiguredSettings configured_;
  std::vector<at::Tensor> trained_;       // all with a gradient, for a confined backward pass
  std::vector<GradSync::Named> buffers_;  // of the part of the model that it is for
  struct Mark {
    int64_t updates = 0, backward_passes = 0, moves = 0;
  };
  Mark mark_;
  int64_t backward_passes_ = 0, moves_ = 0;  // begun in this session
  bool confined_ = false;
  bool count_loaded_ = false;
  at::Tensor grad_norm_;
};

}  // namespace millrace
