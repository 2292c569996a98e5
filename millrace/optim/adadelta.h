#pragma once

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct AdadeltaOptions {
  double lr = 1;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = AdadeltaOptions;
    f("lr", &O::lr, "factor on the step that the rule finds").at_least(0);
    f("rho", &O::rho, "how much of the means of squares is kept").within(0, 1);
    f("eps", &O::eps, "added to the means below the roots").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("capturable", "for CUDA graphs", false);
    f.ignore("foreach", "only how it is computed");
    f.ignore("differentiable", "steps are not differentiated", false);
  }
};

/// Adadelta (Zeiler 2012, arXiv 1212.5701) in PyTorch's form:
///
///     g <- g + weight_decay p
///     v <- rho v + (1 - rho) g^2
///     d = sqrt(u + eps) / sqrt(v + eps) g,   u <- rho u + (1 - rho) d^2
///     p <- p - lr d
class Adadelta final : public ElementWiseOptimizer<AdadeltaOptions> {
 public:
  Adadelta(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
