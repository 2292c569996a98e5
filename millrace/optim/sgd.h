#pragma once

#include <optional>

#include "millrace/optim/optimizer_with.h"
#include "millrace/registry/complaints.h"

namespace millrace {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
  std::optional<bool> fused;

  template <class Fields>
  static void describe(Fields& f) {
    using O = SGDOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("momentum", &O::momentum, "share of the last direction that is kept").at_least(0);
    f("dampening", &O::dampening, "share of the gradient that momentum leaves out");
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f("nesterov", &O::nesterov, "look ahead by the momentum; needs momentum and no dampening");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("foreach", "only how it is computed");
    f.ignore("differentiable", "steps are not differentiated", false);
    f("fused", &O::fused, "False: never use libtorch's fused kernel");
  }
};

/// Stochastic gradient descent (Sutskever et al. 2013 for the momentum, in PyTorch's form):
///
///     g <- g + weight_decay p
///     b <- momentum b + (1 - dampening) g,  b = g the first time
///     p <- p - lr b,  with nesterov p - lr (g + momentum b),  without momentum p - lr g
class SGD final : public OptimizerWith<SGDOptions> {
 public:
  SGD(std::vector<ParamGroup> groups, const Options& options);
  static void check(const Options& options, Complaints& complaints);

 private:
  bool keeps(const Options& options, size_t column) const override;
  bool fuses(const Options& options) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
