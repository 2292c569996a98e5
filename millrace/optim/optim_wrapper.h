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
/// Several updates may make one step (Accumulation); such groups span epochs. Gradients are undefined after a step (and
/// so is that of a parameter which no loss reaches).
///
/// Publishes  train/grad_norm (train/NAME.grad_norm in a set of several): the norm before clipping, once a step
class OptimWrapper {
 public:
  static constexpr const char* kKind = "OptimWrapper";
  static constexpr const char* kOwnKey = "optimizer";  // a config dict with this key is one of these, type or no type
  using Registry = millrace::Registry<OptimWrapper, const ModuleView&>;
  using Closure = std::function<LossMap()>;

  using Options = OptimWrapperOptions;

  /// Over the parameters of `model`, which owns them: they must outlive the wrapper's use.
  OptimWrapper(const ModuleView& model, Options options);
  virtual ~OptimWrapper();
  OptimWrapper(const OptimWrapper&) = delete;
  OptimWrapper& operator=(const OptimWrapper&) = delete;

  /// Differentiates the total, and steps if this closes the accumulation group. The losses come back as numbers,
  /// without their graph. Autocast is off inside, whoever opened it. Throws Error if the optimizer needs a closure.
  void update(LossMap& losses);
  void update(const at::Tensor& loss);
  /// Calls the closure, which is one forward pass, and updates by its losses: what comes back are those of the first
  /// call. An optimizer that looks at the loss several times a step (LBFGS) calls it again and again, each time with
  /// the autocast that is open here; gradients are reduced, unscaled and clipped after each call, the step itself is
  /// told to observers once. Such an optimizer does not accumulate: accumulative_counts must be 1.
  LossMap step(const Closure& closure);

  /// Whether the next update closes its group: ends in a step.
  bool is_closing() const { return accumulation_.is_closing(); }
  void zero_grad() { optimizer_->zero_grad(); }
  /// The weights that are trained, or those that are evaluated, where an optimizer has two kinds (Optimizer::train).
  void train() { optimizer_->train(); }
  void eval() { optimizer_->eval(); }

  Optimizer& optimizer() { return *optimizer_; }
  const Optimizer& optimizer() const { return *optimizer_; }
  /// The optimizer's, and behind them where there is more than one in a checkpoint, one without parameters that holds
  /// the values before any multiplier: schedules act on it, too.
  std::span<ParamGroup> groups() { return optimizer_->groups(); }
  /// Of the first group, and of the one without multipliers.
  double lr() const { return optimizer_->groups().front().lr(); }
  std::optional<double> base_lr() const;
  /// momentum or betas[0] of the first group; 0 if the optimizer has neither.
  double momentum() const;
  int64_t inner_count() const { return accumulation_.done(); }
  int64_t accumulative_counts() const { return accumulation_.counts(); }
  /// (), the norm before the last clipping; undefined if there was none.
  const at::Tensor& grad_norm() const { return grad_norm_; }
  const LossScaler* loss_scaler() const { return scaler_ ? &*scaler_ : nullptr; }
  /// What the config asks for; nothing if it does not say.
  virtual std::optional<Precision> precision() const { return std::nullopt; }
  const std::string& name() const { return name_; }

  // For whoever runs the training.
  /// Logs what the constructor found, and publishes from here on. `name` as in the OptimSet.
  void attach(const RunContext& context, std::string name);
  void set_observer(OptimObserver* observer) { observer_ = observer; }  // null: none
  /// Attaches it to this wrapper's parameters and to the buffers of its part of the model.
  void set_grad_sync(std::unique_ptr<GradSync> sync);
  /// Before each forward pass of a step.
  void before_forward() { sync_->before_forward(); }
  /// Updates done and in all; `max` -1: unknown. A count that came with a loaded state stays.
  void initialize_counts(int64_t done, int64_t max);
  /// From here on a backward pass leaves gradients in this optimizer's parameters alone.
  void confine_backward() { confined_ = true; }
  /// Multiplies every lr, before schedulers are made.
  void scale_lr(double ratio);
  Logger* logger() { return logger_; }

  /// {state, param_groups} as torch.optim has it, base_param_settings, loss_scaler, and under `millrace` the counter,
  /// the gradients of a half-done group and the settings that the groups were made with.
  State state_dict() const;
  /// A setting that the config has changed since keeps the config's value. Throws Error if the parameters differ.
  void load_state_dict(const State& state);

  /// Joins `constructor` and `paramwise_cfg`, which are two keys in a config, to the one component that they describe.
  static BoundComponent bind_config(const Value& config, Binder& binder);
  /// Whether the `constructor` that a config dict names is there, or it names none; if not, that is noted.
  static bool constructor_is_known(const Value& config, Binder& binder);

 protected:
  std::optional<LossScaler> scaler_;

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
  std::vector<at::Tensor> trained_;       // all that need a gradient, for a confined backward pass
  std::vector<GradSync::Named> buffers_;  // of the part of the model that it is for
  bool confined_ = false;
  bool count_loaded_ = false;
  at::Tensor grad_norm_;
};

}  // namespace millrace
