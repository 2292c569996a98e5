#pragma once

#include <utility>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct RAdamOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = RAdamOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how much of the means of gradients and of their squares is kept").at_least(0).below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero").at_least(0);
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("foreach", "only how it is computed");
    f.ignore("capturable", "for CUDA graphs", false);
    f("decoupled_weight_decay", &O::decoupled_weight_decay, "decay stays out of the gradient");
    f.ignore("differentiable", "steps are not differentiated", false);
  }
};

/// RAdam (Liu et al. 2020, arXiv 1908.03265) in PyTorch's form, with t = 1, 2, … the step of a parameter: Adam whose
/// first steps, while the variance of v is not known, do not divide by it.
///
///     g <- g + weight_decay p
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
///     R = 2 / (1 - beta2) - 1,   s = R - 2 t beta2^t / (1 - beta2^t)
///     p <- p - lr m / (1 - beta1^t)                                              if s <= 5
///     p <- p - lr m / (1 - beta1^t) q sqrt(1 - beta2^t) / (sqrt(v) + eps)        else,
///          q = sqrt((s - 4) (s - 2) R / ((R - 4) (R - 2) s))
///
/// With decoupled_weight_decay the first line is p <- p (1 - lr weight_decay) instead.
class RAdam final : public ElementWiseOptimizer<RAdamOptions> {
 public:
  RAdam(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
