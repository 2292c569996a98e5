#pragma once

#include <utility>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct LionOptions {
  double lr = 1e-4;
  std::pair<double, double> betas = {0.9, 0.99};
  double weight_decay = 0;

  template <class Fields>
  static void describe(Fields& f) {
    using O = LionOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "share of the mean gradient in a step, and how much of the mean is kept").within(0, 1);
    f("weight_decay", &O::weight_decay, "pull towards zero, outside the gradient").at_least(0);
  }
};

/// Lion (Chen et al. 2023, arXiv 2302.06675, as lion-pytorch has it); sign(0) = 0:
///
///     p <- p (1 - lr weight_decay)
///     p <- p - lr sign(beta1 m + (1 - beta1) g)
///     m <- beta2 m + (1 - beta2) g
///
/// Every element moves by lr, so start with a tenth of AdamW's lr and ten times its weight decay.
class Lion final : public ElementWiseOptimizer<LionOptions> {
 public:
  Lion(std::vector<ParamGroup> groups, const Options& options);

 private:
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
