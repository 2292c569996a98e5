#pragma once

#include <utility>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct AdamaxOptions {
  double lr = 2e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = AdamaxOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how much of the mean gradient and of the largest one is kept").at_least(0).below(1);
    f("eps", &O::eps, "added to the size of a gradient").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f.ignore("foreach", "only how it is computed");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("differentiable", "steps are not differentiated", false);
    f.ignore("capturable", "for CUDA graphs", false);
  }
};

/// Adamax (Kingma and Ba 2015, arXiv 1412.6980, section 7.1) in PyTorch's form, with t = 1, 2, … the step of a
/// parameter:
///
///     g <- g + weight_decay p
///     m <- beta1 m + (1 - beta1) g,   u <- max(beta2 u, |g| + eps)
///     p <- p - lr / (1 - beta1^t) m / u
class Adamax final : public ElementWiseOptimizer<AdamaxOptions> {
 public:
  Adamax(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
