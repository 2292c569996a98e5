#pragma once

#include <utility>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct NAdamOptions {
  double lr = 2e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = NAdamOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how much of the means of gradients and of their squares is kept").at_least(0).below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero").at_least(0);
    f("momentum_decay", &O::momentum_decay, "how fast the momentum grows from half of betas[0] towards it").at_least(0);
    f("decoupled_weight_decay", &O::decoupled_weight_decay, "decay stays out of the gradient");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("foreach", "only how it is computed");
    f.ignore("capturable", "for CUDA graphs", false);
    f.ignore("differentiable", "steps are not differentiated", false);
  }
};

/// NAdam (Dozat 2016), Adam with Nesterov's momentum, in PyTorch's form, with t = 1, 2, … the step of a parameter:
///
///     g <- g + weight_decay p
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
///     mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2),   M <- M mu_t, which begins with 1
///     p <- p - lr ((1 - mu_t) g / (1 - M) + mu_(t+1) m / (1 - M mu_(t+1))) / (sqrt(v / (1 - beta2^t)) + eps)
///
/// With decoupled_weight_decay the first line is p <- p (1 - lr weight_decay) instead.
class NAdam final : public ElementWiseOptimizer<NAdamOptions> {
 public:
  NAdam(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
