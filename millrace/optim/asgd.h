#pragma once

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct ASGDOptions {
  double lr = 1e-2;
  double lambd = 1e-4;
  double alpha = 0.75;
  double t0 = 1e6;
  double weight_decay = 0;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = ASGDOptions;
    f("lr", &O::lr, "learning rate at the start").at_least(0);
    f("lambd", &O::lambd, "how fast it falls, and how much weights decay");
    f("alpha", &O::alpha, "power with which it falls");
    f("t0", &O::t0, "step after which weights are averaged");
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f.ignore("foreach", "only how it is computed");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("differentiable", "steps are not differentiated", false);
    f.ignore("capturable", "for CUDA graphs", false);
  }
};

/// Averaged SGD (Polyak and Juditsky 1992) in PyTorch's form, with t = 1, 2, … the step of a parameter, eta = lr and
/// mu = 1 at first:
///
///     g <- g + weight_decay p
///     p <- p (1 - lambd eta) - eta g
///     a <- a + mu (p - a)
///     eta <- lr / (1 + lambd lr t)^alpha,   mu <- 1 / max(1, t - t0)
///
/// The average a is in the state, as `ax`. Nothing evaluates it: see EMAHook for averages that a validation uses.
class ASGD final : public ElementWiseOptimizer<ASGDOptions> {
 public:
  ASGD(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
