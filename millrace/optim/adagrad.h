#pragma once

#include <optional>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;
  double initial_accumulator_value = 0;
  double eps = 1e-10;
  bool maximize = false;
  std::optional<bool> fused;

  template <class Fields>
  static void describe(Fields& f) {
    using O = AdagradOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("lr_decay", &O::lr_decay, "how much of a step is added to the divisor of lr").at_least(0);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f("initial_accumulator_value", &O::initial_accumulator_value, "the sum of squares at the start").at_least(0);
    f.ignore("foreach", "only how it is computed");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("differentiable", "steps are not differentiated", false);
    f("fused", &O::fused, "False: never use libtorch's fused kernel");
  }
};

/// Adagrad (Duchi et al. 2011) in PyTorch's form, with t = 1, 2, … the step of a parameter:
///
///     g <- g + weight_decay p
///     s <- s + g^2,   which begins with initial_accumulator_value
///     p <- p - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)
class Adagrad final : public ElementWiseOptimizer<AdagradOptions> {
 public:
  Adagrad(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
