#pragma once

#include "millrace/optim/kernels/step_elements.h"
#include "millrace/registry/complaints.h"

namespace millrace {

struct LarsOptions {
  double lr = 1;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  double trust_coeff = 0.001;
  double eps = 1e-8;
  bool trust_clip = false;
  bool always_adapt = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = LarsOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("momentum", &O::momentum, "share of the last direction that is kept").at_least(0);
    f("dampening", &O::dampening, "how much less than a whole gradient is added to the kept direction");
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f("nesterov", &O::nesterov, "look ahead along the momentum");
    f("trust_coeff", &O::trust_coeff, "the length of a step as a share of its parameter, at lr 1").at_least(0);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("trust_clip", &O::trust_clip, "no step longer than SGD's");
    f("always_adapt", &O::always_adapt, "adapt the step of parameters without weight decay too");
  }
};

/// LARS (You et al. 2017, arXiv 1708.03888), SGD whose step has a length that depends on its parameter's, in timm's
/// form; |·| is the norm of one parameter:
///
///     q = trust_coeff |p| / (|g| + weight_decay |p| + eps), or 1 where |p| or |g| is 0;  trust_clip: min(q / lr, 1)
///     g <- q (g + weight_decay p)
///     b <- momentum b + (1 - dampening) g, the first time b = g
///     p <- p - lr b,   nesterov: p <- p - lr (g + momentum b)
///
/// Without weight decay the first two lines are left out, unless always_adapt is set. For mmpretrain's LARS, whose keys
/// and formula are others, see zoo/classification/optimizers/lars.h.
class Lars final : public ElementWiseOptimizer<LarsOptions> {
 public:
  Lars(std::vector<ParamGroup> groups, const Options& options);
  static void check(const Options& options, Complaints& complaints);

 private:
  bool keeps(const Options& options, size_t column) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
