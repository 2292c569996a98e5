#include "millrace/optim/lion.h"

namespace millrace {

Lion::Lion(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Lion>(options), {"exp_avg"}) {}

void Lion::step_bucket(const Options& o, Bucket& bucket) {
  const auto rule = [lr = o.lr, shrink = 1 - o.lr * o.weight_decay, share = o.betas.first, keep = o.betas.second](
                        auto g, auto& p, auto& m) MILLRACE_RULE {
    p = shrink * p - lr * sign_of(share * m + (1 - share) * g);
    m = keep * m + (1 - keep) * g;
  };
  step_elements<1>(bucket, {0}, [&](size_t) { return rule; });
}

MILLRACE_REGISTER(Optimizer, Lion);

}  // namespace millrace
