#pragma once

#include "millrace/optim/schedule_free.h"

namespace millrace {

struct SGDScheduleFreeOptions {
  double lr = 1;
  double momentum = 0.9;
  double weight_decay = 0;
  ScheduleFreeOptions schedule{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = SGDScheduleFreeOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("momentum", &O::momentum, "beta: how near the training weights are to the average").above(0).below(1);
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f.flatten(&O::schedule);
    f.ignore("foreach", "only how it is computed");
  }
};

/// SGD that needs no schedule of lr (Defazio et al. 2024, arXiv 2405.15682), as schedulefree has it; see schedule_free.h
/// for its two kinds of weights. With k = 0, 1, … the step, z = p at first and W = 0:
///
///     lr_k = lr min(1, (k + 1) / warmup_steps),   l = the largest lr_k so far
///     w = (k + 1)^r l^weight_lr_power,   W <- W + w,   c = w / W
///     g <- g + weight_decay y
///     y <- y + c (z - y) + lr_k (beta (1 - c) - 1) g
///     z <- z - lr_k g
///
/// The evaluation weights are x = y + (1 - 1 / beta) (z - y).
class SGDScheduleFree final : public ScheduleFreeOptimizer<SGDScheduleFreeOptions> {
 public:
  SGDScheduleFree(std::vector<ParamGroup> groups, const Options& options);

 private:
  double beta(const Options& options) const override { return options.momentum; }
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_at(const Options& options, Bucket& bucket, double share) override;
};

}  // namespace millrace
