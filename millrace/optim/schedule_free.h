#pragma once

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

/// What the Schedule-Free optimizers share: their schedule, and how far a group is in it. Files keep all of it with the
/// group.
struct ScheduleFreeOptions {
  int64_t warmup_steps = 0;
  double r = 0;
  double weight_lr_power = 2;
  int64_t k = 0;
  double lr_max = -1;
  double scheduled_lr = 0;
  double weight_sum = 0;
  bool train_mode = true;

  template <class Fields>
  static void describe(Fields& f) {
    using O = ScheduleFreeOptions;
    f("warmup_steps", &O::warmup_steps, "steps in which lr rises to its value").at_least(0);
    f("r", &O::r, "power of the step's number in its weight");
    f("weight_lr_power", &O::weight_lr_power, "power of the largest lr in a step's weight");
    f("k", &O::k, "learned: the steps so far");
    f("lr_max", &O::lr_max, "learned: the largest lr so far");
    f("scheduled_lr", &O::scheduled_lr, "learned: the lr of the last step");
    f("weight_sum", &O::weight_sum, "learned: the weights of all steps so far");
    f("train_mode", &O::train_mode, "learned: whether the parameters are the training weights");
  }

  /// Begins a step: sets scheduled_lr and returns the share c of z in the average.
  double advance(double lr) {
    const auto t = static_cast<double>(++k);
    scheduled_lr = lr * (k < warmup_steps ? t / static_cast<double>(warmup_steps) : 1);
    lr_max = std::max(lr_max, scheduled_lr);
    const double weight = std::pow(t, r) * std::pow(lr_max, weight_lr_power);
    weight_sum += weight;
    return weight_sum > 0 ? weight / weight_sum : 0;
  }
};

/// An optimizer with two kinds of weights (Defazio et al. 2024, arXiv 2405.15682): it computes gradients at y, and x, an
/// average of its steps, is evaluated. The state has z; y lies between x and z:  y = beta x + (1 - beta) z.
///
/// The parameters are y while it trains, and x from eval() until train(). The first column of the state is z.
template <class O>
class ScheduleFreeOptimizer : public ElementWiseOptimizer<O> {
 public:
  static Optimizer::Facts facts_of(const O&) {
    return {.learned = {"k", "lr_max", "scheduled_lr", "weight_sum", "train_mode"}};
  }
  void train() final { write(true); }
  void eval() final { write(false); }

 protected:
  using typename ElementWiseOptimizer<O>::Part;
  using ElementWiseOptimizer<O>::ElementWiseOptimizer;

  virtual double beta(const O& options) const = 0;
  /// One bucket; `share` is c, and options.schedule.scheduled_lr the lr.
  virtual void step_at(const O& options, Optimizer::Bucket& bucket, double share) = 0;

 private:
  void step_all(std::span<const Part> parts) final {
    train();
    for (size_t i = 0; i < parts.size(); ++i) {
      O& options = parts[i].options;
      if (i == 0 || &parts[i - 1].options != &options) share_ = options.schedule.advance(options.lr);  // a new group
      step_at(options, parts[i].bucket, share_);
    }
  }
  void write(bool training) {
    const at::NoGradGuard no_grad;
    auto groups = this->groups();
    for (size_t g = 0; g < groups.size(); ++g) {
      O& options = groups[g].settings.template as<O>();
      if (options.schedule.train_mode == training) continue;
      options.schedule.train_mode = training;
      const double to_z = training ? 1 - beta(options) : 1 - 1 / beta(options);
      for (size_t p = 0; p < groups[g].params.size(); ++p)
        if (const at::Tensor z = this->state_of(g, p, 0); z.defined()) groups[g].params[p].lerp_(z, to_z);
    }
  }
  double share_ = 0;
};

}  // namespace millrace
