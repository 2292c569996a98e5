#include "millrace/runner/lr_finder.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "millrace/base/at_end.h"
#include "millrace/base/text.h"
#include "millrace/data/data_loader.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/runner/scratch_work_dir.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

/// Sets the lr of each step, and notes its loss.
class LrSweep final : public Hook {
 public:
  explicit LrSweep(const LrSearch& search) : search_(search) {}

  void before_train_iter(TrainIter& point) override {
    OptimWrapper& optim = point.runner.optims()->only();
    if (ratios_.empty()) {
      const double base = optim.base_lr().value_or(optim.lr());
      for (const ParamGroup& group : optim.groups()) ratios_.push_back(base > 0 ? group.lr() / base : 1.0);
    }
    const double share = static_cast<double>(point.done - 1) / static_cast<double>(search_.steps - 1);
    const double lr = search_.start * std::pow(search_.end / search_.start, share);
    for (size_t g = 0; g < ratios_.size(); ++g) optim.groups()[g].set(ParamGroup::kLr, lr * ratios_[g]);
    curve.lr.push_back(lr);
  }

  void after_train_iter(TrainIter& point) override {
    constexpr double kForget = 0.98;
    const double loss = point.losses->total().item<double>();
    average_ = kForget * average_ + (1 - kForget) * loss;
    const double smoothed = average_ / (1 - std::pow(kForget, static_cast<double>(curve.lr.size())));
    curve.loss.push_back(loss);
    curve.smoothed.push_back(smoothed);
    if (curve.loss.size() == 1 || smoothed < lowest_) lowest_ = smoothed;
    const bool is_lost =
        !std::isfinite(smoothed) || (curve.loss.size() > 1 && smoothed > search_.stop_factor * lowest_);
    if (!is_lost) return;
    curve.has_diverged = true;
    point.runner.request_stop("the loss grows without end");
  }

  LrCurve curve;

 private:
  LrSearch search_;
  std::vector<double> ratios_;
  double average_ = 0, lowest_ = 0;
};

/// The weights and buffers of a model that the program has made.
class KeptWeights {
 public:
  explicit KeptWeights(const std::shared_ptr<Model>& model) : model_(model) {
    if (!model_) return;
    for (const ModuleView::Named& each : model_->modules().state())
      kept_.emplace_back(each.tensor, each.tensor.detach().clone());
    is_training_ = model_->is_training();
  }
  void put_back() {
    if (!model_) return;
    const at::NoGradGuard no_grad;
    for (auto& [tensor, before] : kept_) {
      tensor.copy_(before);
      if (tensor.requires_grad()) tensor.mutable_grad() = at::Tensor();
    }
    model_->set_training(is_training_);
  }

 private:
  std::shared_ptr<Model> model_;
  std::vector<std::pair<at::Tensor, at::Tensor>> kept_;
  bool is_training_ = true;
};

/// Only the training is left, for as many iterations.
void keep_only_steps(RunnerOptions& options, int64_t steps) {
  options.val_dataloader.reset();
  options.val_cfg = Component<ValLoop>();
  options.val_evaluator = EvaluatorConfig();
  options.val_sets.clear();
  options.param_scheduler = Named<ParamScheduler>();
  options.custom_hooks.clear();
  options.resume = false;
  options.train_cfg = use<IterBasedTrainLoop>({.max_iters = steps});
  std::erase_if(options.default_hooks.hooks,
                [](const auto& hook) { return hook.first == "checkpoint" || hook.first == "logger"; });
}

void check(const LrSearch& search) {
  if (!(search.start > 0)) throw Error("the first lr must be above 0, got " + repr(search.start));
  if (!(search.end > search.start))
    throw Error("the last lr must be above the first, " + repr(search.start) + ", got " + repr(search.end));
  if (search.steps < 2) throw Error("a search needs at least 2 steps, got " + std::to_string(search.steps));
}

}  // namespace

std::optional<double> suggested_lr(const LrCurve& curve) {
  constexpr size_t kFirst = 10, kLast = 1;
  const std::vector<double>& loss = curve.smoothed;
  if (loss.size() < kFirst + kLast + 3) return std::nullopt;
  const size_t end = loss.size() - kLast;
  size_t steepest = kFirst;
  double least = INFINITY;
  for (size_t i = kFirst; i < end; ++i) {
    const size_t before = std::max(kFirst, i - 1), after = std::min(end - 1, i + 1);
    const double slope = (loss[after] - loss[before]) / static_cast<double>(after - before);
    if (!std::isfinite(slope) || slope >= least) continue;
    least = slope;
    steepest = i;
  }
  if (least >= 0) return std::nullopt;  // it falls nowhere
  return curve.lr[steepest];
}

LrCurve find_lr(RunnerOptions options, RunSurroundings surroundings, const LrSearch& search) {
  check(search);
  if (options.train_cfg.empty() || !options.train_dataloader.has_value() || options.optim_wrapper.empty())
    throw Error("there is no training in the config: train_dataloader, train_cfg and optim_wrapper");
  const ScratchWorkDir work_dir;
  keep_only_steps(options, search.steps);
  options.work_dir = work_dir.path().string();
  const auto sweep = std::make_shared<LrSweep>(search);
  options.custom_hooks.emplace_back(sweep);
  KeptWeights weights(options.model->instance());
  const at::Tensor random = generator_state();
  const auto train = [&] {
    Runner runner(std::move(options), std::move(surroundings));
    runner.train();
  };
  in_any_case(train, [&] {
    weights.put_back();
    set_generator_state(random);
  });
  sweep->curve.suggestion = suggested_lr(sweep->curve);
  return std::move(sweep->curve);
}

}  // namespace millrace
