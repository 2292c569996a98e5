#include "millrace/optim/sgd_schedule_free.h"

namespace millrace {

SGDScheduleFree::SGDScheduleFree(std::vector<ParamGroup> groups, const Options& options)
    : ScheduleFreeOptimizer(std::move(groups), of<SGDScheduleFree>(options), {"z"}) {}

at::Tensor SGDScheduleFree::make_state(const Options&, size_t, const at::Tensor& param) const {
  return param.detach().clone();
}

void SGDScheduleFree::step_at(const Options& o, Bucket& bucket, double share) {
  const double lr = o.schedule.scheduled_lr, of_grad = lr * (o.momentum * (1 - share) - 1);
  const auto rule = [=, pull = o.weight_decay](auto g, auto& y, auto& z) MILLRACE_RULE {
    g = g + pull * y;
    y = y + share * (z - y) + of_grad * g;
    z = z - lr * g;
  };
  step_elements<1>(bucket, {0}, [&](size_t) { return rule; });
}

MILLRACE_REGISTER(Optimizer, SGDScheduleFree);

}  // namespace millrace
