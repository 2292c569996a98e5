#pragma once

#include <optional>
#include <utility>

#include "millrace/optim/optimizer.h"

namespace millrace {

/// Adam (Kingma and Ba 2015, arXiv 1412.6980), with t = 1, 2, … the step of a parameter:
///
///     g <- g + weight_decay p
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
///     p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
///
/// With amsgrad (Reddi et al. 2018) the largest v so far takes the place of v in the last line.
class Adam : public Optimizer {
 public:
  struct Options {
    double lr = 1e-3;
    std::pair<double, double> betas = {0.9, 0.999};
    double eps = 1e-8;
    double weight_decay = 0;
    bool amsgrad = false;
    bool maximize = false;
    bool decoupled_weight_decay = false;
    std::optional<bool> fused;

    template <class Fields>
    static void describe(Fields& f) {
      describe_shared<Options>(f);
      f("decoupled_weight_decay", &Options::decoupled_weight_decay, "decay as AdamW does");
    }
    template <class O, class Fields>
    static void describe_shared(Fields& f) {
      f("lr", &O::lr, "learning rate").at_least(0);
      f("betas", &O::betas, "how much of the mean of gradients, and of their squares, is kept").at_least(0).below(1);
      f("eps", &O::eps, "added to the divisor").at_least(0);
      f("weight_decay", &O::weight_decay, "pull towards zero").at_least(0);
      f("amsgrad", &O::amsgrad, "divide by the largest mean of squares so far");
      f("maximize", &O::maximize, "climb instead of descend");
      f("fused", &O::fused, "False: never use libtorch's fused kernel");
      f.ignore("foreach", "how it is computed");
      f.ignore("capturable", "of CUDA graphs");
      f.ignore("differentiable", "steps are not differentiated");
    }
  };

  Adam(std::vector<ParamGroup> groups, Options options);

 private:
  size_t state_columns(const ParamGroup& group) const override;
  at::Tensor make_state(size_t column, const at::Tensor& param) const override;
  void step_bucket(const ParamGroup& group, Bucket& bucket) override;
  void step_plainly(const ParamGroup& group, Bucket& bucket) const;

  bool decoupled_;
};

/// Adam whose weight decay stays out of the gradient (Loshchilov and Hutter 2019, arXiv 1711.05101):
///
///     p <- p (1 - lr weight_decay), then Adam's step without decay
class AdamW final : public Adam {
 public:
  struct Options {
    double lr = 1e-3;
    std::pair<double, double> betas = {0.9, 0.999};
    double eps = 1e-8;
    double weight_decay = 1e-2;
    bool amsgrad = false;
    bool maximize = false;
    std::optional<bool> fused;

    template <class Fields>
    static void describe(Fields& f) {
      Adam::Options::describe_shared<Options>(f);
    }
  };

  AdamW(std::vector<ParamGroup> groups, Options options);
};

}  // namespace millrace
