#pragma once

#include <optional>

#include "millrace/optim/optimizer.h"

namespace millrace {

/// Stochastic gradient descent (Sutskever et al. 2013 for the momentum, in PyTorch's form):
///
///     g <- g + weight_decay p
///     b <- momentum b + (1 - dampening) g,  b = g the first time
///     p <- p - lr b,  with nesterov p - lr (g + momentum b),  without momentum p - lr g
class SGD final : public Optimizer {
 public:
  struct Options {
    double lr = 1e-3;
    double momentum = 0;
    double dampening = 0;
    double weight_decay = 0;
    bool nesterov = false;
    bool maximize = false;
    std::optional<bool> fused;

    template <class Fields>
    static void describe(Fields& f) {
      f("lr", &Options::lr, "learning rate").at_least(0);
      f("momentum", &Options::momentum, "share of the last direction that is kept").at_least(0);
      f("dampening", &Options::dampening, "share of the gradient that momentum leaves out");
      f("weight_decay", &Options::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
      f("nesterov", &Options::nesterov, "look ahead by the momentum; needs momentum and no dampening");
      f("maximize", &Options::maximize, "climb instead of descend");
      f("fused", &Options::fused, "False: never use libtorch's fused kernel");
      f.ignore("foreach", "how it is computed");
      f.ignore("differentiable", "steps are not differentiated");
    }
  };

  SGD(std::vector<ParamGroup> groups, Options options);

 private:
  size_t state_columns(const ParamGroup& group) const override;
  void step_bucket(const ParamGroup& group, Bucket& bucket) override;
};

}  // namespace millrace
