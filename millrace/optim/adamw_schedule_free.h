#pragma once

#include <utility>

#include "millrace/optim/schedule_free.h"

namespace millrace {

struct AdamWScheduleFreeOptions {
  double lr = 2.5e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  ScheduleFreeOptions schedule{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = AdamWScheduleFreeOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how near the training weights are to the average; how much of the mean of squares is kept")
        .above(0)
        .below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull of the training weights towards zero").at_least(0);
    f.flatten(&O::schedule);
    f.ignore("foreach", "only how it is computed");
  }
};

/// AdamW that needs no schedule of lr (Defazio et al. 2024, arXiv 2405.15682), as schedulefree has it: the rule of
/// SGDScheduleFree with beta = beta1, and
///
///     v <- beta2 v + (1 - beta2) g^2
///     g <- g / (sqrt(v / (1 - beta2^(k + 1))) + eps) + weight_decay y
class AdamWScheduleFree final : public ScheduleFreeOptimizer<AdamWScheduleFreeOptions> {
 public:
  AdamWScheduleFree(std::vector<ParamGroup> groups, const Options& options);

 private:
  double beta(const Options& options) const override { return options.betas.first; }
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_at(const Options& options, Bucket& bucket, double share) override;
};

}  // namespace millrace
