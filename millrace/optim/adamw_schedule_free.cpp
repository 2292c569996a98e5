#include "millrace/optim/adamw_schedule_free.h"

namespace millrace {

AdamWScheduleFree::AdamWScheduleFree(std::vector<ParamGroup> groups, const Options& options)
    : ScheduleFreeOptimizer(std::move(groups), of<AdamWScheduleFree>(options), {"z", "exp_avg_sq"}) {}

at::Tensor AdamWScheduleFree::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == 0 ? param.detach().clone() : at::zeros_like(param);
}

void AdamWScheduleFree::step_at(const Options& o, Bucket& bucket, double share) {
  const double lr = o.schedule.scheduled_lr, of_grad = lr * (o.betas.first * (1 - share) - 1);
  const double keep = o.betas.second, of_square = 1 / (1 - std::pow(keep, static_cast<double>(o.schedule.k)));
  const auto rule = [=, eps = o.eps, pull = o.weight_decay](auto g, auto& y, auto& z, auto& v) MILLRACE_RULE {
    v = keep * v + (1 - keep) * (g * g);
    g = g / (root(of_square * v) + eps) + pull * y;
    y = y + share * (z - y) + of_grad * g;
    z = z - lr * g;
  };
  step_elements<2>(bucket, {0, 1}, [&](size_t) { return rule; });
}

MILLRACE_REGISTER(Optimizer, AdamWScheduleFree);

}  // namespace millrace
