#pragma once

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct RMSpropOptions {
  double lr = 1e-2;
  double momentum = 0;
  double alpha = 0.99;
  double eps = 1e-8;
  bool centered = false;
  double weight_decay = 0;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = RMSpropOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("momentum", &O::momentum, "share of the last direction that is kept").at_least(0);
    f("alpha", &O::alpha, "share of the mean of squares that is kept").at_least(0);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("centered", &O::centered, "divide by the deviation from the mean gradient");
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f.ignore("capturable", "for CUDA graphs", false);
    f.ignore("foreach", "only how it is computed");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("differentiable", "steps are not differentiated", false);
  }
};

/// RMSprop (Hinton 2012, lecture 6e; centered: Graves 2013, arXiv 1308.0850), in PyTorch's form:
///
///     g <- g + weight_decay p
///     v <- alpha v + (1 - alpha) g^2,   centered: a <- alpha a + (1 - alpha) g, and v - a^2 replaces v below
///     p <- p - lr g / (sqrt(v) + eps),  with momentum: b <- momentum b + g / (sqrt(v) + eps), p <- p - lr b
class RMSprop final : public ElementWiseOptimizer<RMSpropOptions> {
 public:
  RMSprop(std::vector<ParamGroup> groups, const Options& options);

 private:
  bool keeps(const Options& options, size_t column) const override;
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
