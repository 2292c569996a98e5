#pragma once

#include <optional>
#include <utility>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct LambOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-6;
  double weight_decay = 0.01;
  std::optional<double> max_grad_norm = 1.0;
  bool bias_correction = true;
  bool grad_averaging = true;
  bool trust_clip = false;
  bool always_adapt = false;
  bool decoupled_decay = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = LambOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("bias_correction", &O::bias_correction, "divide the means by what they have seen so far");
    f("betas", &O::betas, "how much of the means of gradients and of their squares is kept").at_least(0).below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the step").at_least(0);
    f("grad_averaging", &O::grad_averaging, "a new gradient's share of the mean is 1 - betas[0], not 1");
    f("max_grad_norm", &O::max_grad_norm, "norm of all gradients together above which they are scaled; None: never")
        .above(0);
    f("trust_clip", &O::trust_clip, "never lengthen the step of a parameter");
    f("always_adapt", &O::always_adapt, "adapt the step of parameters without weight decay too");
    f.ignore("caution", "the cautious form is not known", false);
    f("decoupled_decay", &O::decoupled_decay, "decay stays out of the step");
  }
};

/// LAMB (You et al. 2020, arXiv 1904.00962), Adam whose step has the length of its parameter, in timm's form; t = 1, 2,
/// … is the step of a parameter, |·| the norm of one parameter:
///
///     g <- g / max(1, |all g| / max_grad_norm)
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
///     r = m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + eps) + weight_decay p
///     p <- p - lr q r,   q = |p| / |r|, or 1 where either is 0
///
/// Without weight decay q is 1, unless always_adapt is set. With decoupled_decay p <- p (1 - lr weight_decay) replaces
/// the last term of r.
class Lamb final : public ElementWiseOptimizer<LambOptions> {
 public:
  Lamb(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_all(std::span<const Part> parts) override;
  /// `grad_norm`: of all parameters together.
  static void step_part(const Options& options, Bucket& bucket, double grad_norm);
};

}  // namespace millrace
