#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "millrace/dist/grad_sync.h"
#include "millrace/hub/message_hub.h"
#include "millrace/hub/run_context.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/clip_grad.h"
#include "millrace/optim/loss_scaler.h"
#include "millrace/optim/optim_wrapper_constructor.h"
#include "millrace/optim/optimizer.h"
#include "millrace/registry/component.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/state.h"

namespace millrace {

class LossMap;
class OptimObserver;

/// An optimizer and all that happens between a loss and its step: accumulation, gradient sync, clipping, loss scaling.
///
///     OptimWrapper optim(view_of(*net), {.optimizer = use<SGD>({.lr = 0.1}), .clip_grad = ClipNorm{.max_norm =
///     1}}); optim.update(losses);
///
/// Accumulation, with A = accumulative_counts, c = updates before this one and M their number in the whole training:
///     the loss is divided by A, in the last M mod A updates by M mod A;  steps are at c + 1 = k A and at c + 1 = M.
/// Groups span epochs. Gradients are none after a step (and so is that of a parameter which no loss reaches).
///
/// Publishes  train/grad_norm (train/NAME.grad_norm in a set of several): the norm before clipping, once a step
class OptimWrapper {
 public:
  static constexpr const char* kKind = "OptimWrapper";
  static constexpr const char* kOwnKey = "optimizer";  // a config dict with this key is one of these, type or no type
  using Registry = millrace::Registry<OptimWrapper, const ModuleView&>;

  struct Options {
    Required<Component<Optimizer>> optimizer;
    int64_t accumulative_counts = 1;
    std::optional<ClipGrad> clip_grad;
    Component<OptimWrapperConstructor> paramwise_cfg{};

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("optimizer", &O::optimizer, "the rule by which parameters move");
      f("accumulative_counts", &O::accumulative_counts, "batches whose gradients make one step").at_least(1);
      f("clip_grad", &O::clip_grad, "limit of the gradients: {max_norm}, or {type: 'value', clip_value}");
      f("paramwise_cfg", &O::paramwise_cfg, "which parameters get an lr or a weight decay of their own");
    }
  };

  /// Over the parameters of `model`, which owns them: they must outlive the wrapper's use.
  OptimWrapper(const ModuleView& model, Options options);
  virtual ~OptimWrapper();
  OptimWrapper(const OptimWrapper&) = delete;
  OptimWrapper& operator=(const OptimWrapper&) = delete;

  /// Differentiates the total, and steps if this closes the accumulation group. The losses come back as numbers,
  /// without their graph. Autocast is off inside, whoever opened it.
  void update(LossMap& losses);
  void update(const at::Tensor& loss);

  /// Whether the next update closes its group: ends in a step.
  bool is_closing() const;
  void zero_grad() { optimizer_->zero_grad(); }

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
  int64_t inner_count() const { return inner_count_; }
  int64_t accumulative_counts() const { return accumulative_counts_; }
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
  void set_grad_sync(std::unique_ptr<GradSync> sync) { sync_ = std::move(sync); }
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
  /// Settings of groups that the config has changed since keep the config's values. Throws Error if the parameters are
  /// others.
  void load_state_dict(const State& state);

  /// Joins `constructor` and `paramwise_cfg`, which are two keys in a config, to the one component that they describe.
  static BoundComponent bind_config(const Value& config, Binder& binder);
  /// Whether the `constructor` that a config dict names is there, or it names none; if not, that is noted.
  static bool constructor_is_known(const Value& config, Binder& binder);

 protected:
  std::optional<LossScaler> scaler_;

 private:
  at::Tensor scaled_loss(const at::Tensor& loss) const;
  double divisor() const;
  void close_group();
  void clip();
  State gradients() const;
  void load_gradients(const State& saved);
  void restore_settings(const State* saved, const std::vector<std::vector<double>>& before);

  std::vector<Notice> notices_;
  std::shared_ptr<Optimizer> optimizer_;
  int64_t accumulative_counts_;
  std::optional<ClipGrad> clip_grad_;
  std::unique_ptr<GradSync> sync_ = std::make_unique<NoGradSync>();
  OptimObserver* observer_ = nullptr;
  Logger* logger_ = nullptr;
  MessageHub* hub_ = nullptr;
  std::optional<ScalarId> grad_norm_id_;
  std::string name_;
  std::vector<std::vector<double>> configured_;  // the settings of each group as they were made
  std::vector<at::Tensor> trained_;              // all that need a gradient, for a confined backward pass
  bool confined_ = false;
  bool count_loaded_ = false;
  int64_t inner_count_ = 0;
  int64_t max_count_ = -1;
  at::Tensor grad_norm_;
};

}  // namespace millrace
