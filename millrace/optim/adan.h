#pragma once

#include <tuple>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct AdanOptions {
  double lr = 1e-3;
  std::tuple<double, double, double> betas = {0.98, 0.92, 0.99};
  double eps = 1e-8;
  double weight_decay = 0;
  bool no_prox = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = AdanOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how much of the means of gradients, of their changes and of squares is kept")
        .at_least(0)
        .below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, outside the gradient").at_least(0);
    f("no_prox", &O::no_prox, "decay before the step, as AdamW does");
    f.ignore("caution", "the cautious form is not known", false);
    f.ignore("foreach", "only how it is computed");
  }
};

/// Adan (Xie et al. 2022, arXiv 2208.06677) in timm's form, with t = 1, 2, … the step of a parameter and d the change of
/// its gradient, 0 at first:
///
///     m <- beta1 m + (1 - beta1) g,   u <- beta2 u + (1 - beta2) d
///     n <- beta3 n + (1 - beta3) (g + beta2 d)^2
///     p <- p - lr (m / (1 - beta1^t) + beta2 u / (1 - beta2^t)) / (sqrt(n) / sqrt(1 - beta3^t) + eps)
///     p <- p / (1 + lr weight_decay)
///
/// With no_prox p <- p (1 - lr weight_decay) before the step replaces the last line. The state keeps the negative of the
/// last gradient, as neg_pre_grad.
class Adan final : public ElementWiseOptimizer<AdanOptions> {
 public:
  Adan(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
