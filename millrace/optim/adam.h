#pragma once

#include <optional>
#include <utility>

#include "millrace/optim/optimizer_with.h"
#include "millrace/registry/default.h"

namespace millrace {

struct AdamOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  Default<double> weight_decay = by_default(0.0);
  bool amsgrad = false;
  bool maximize = false;
  Default<bool> decoupled_weight_decay = by_default(false);
  std::optional<bool> fused;

  template <class Fields>
  static void describe(Fields& f) {
    using O = AdamOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how much of the means of gradients and of their squares is kept").at_least(0).below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero").at_least(0);
    f("amsgrad", &O::amsgrad, "divide by the largest mean of squares so far");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("foreach", "only how it is computed");
    f.ignore("capturable", "for CUDA graphs", false);
    f.ignore("differentiable", "steps are not differentiated", false);
    f("fused", &O::fused, "False: never use libtorch's fused kernel");
    f("decoupled_weight_decay", &O::decoupled_weight_decay, "decay stays out of the gradient");
  }
};

/// Adam's step over a bucket whose state begins with the columns step, exp_avg, exp_avg_sq and max_exp_avg_sq.
void step_adam_bucket(const AdamOptions& options, Optimizer::Bucket& bucket);

/// Adam (Kingma and Ba 2015, arXiv 1412.6980), with t = 1, 2, … the step of a parameter:
///
///     g <- g + weight_decay p
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
///     p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
///
/// With amsgrad (Reddi et al. 2018) the largest v so far takes the place of v in the last line. With
/// decoupled_weight_decay the first line is p <- p (1 - lr weight_decay) instead.
class Adam : public OptimizerWith<AdamOptions> {
 public:
  Adam(std::vector<ParamGroup> groups, const Options& options);

 protected:
  Adam(std::vector<ParamGroup> groups, const Defaults& defaults);

 private:
  bool keeps(const Options& options, size_t column) const override;
  bool fuses(const Options& options) const override;
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

/// Adam with decoupled weight decay, 0.01 unless it is given (Loshchilov and Hutter 2019, arXiv 1711.05101).
class AdamW final : public Adam {
 public:
  AdamW(std::vector<ParamGroup> groups, const Options& options);
  static void defaults(Options& options);
};

}  // namespace millrace
