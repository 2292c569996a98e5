#include "millrace/optim/lion.h"

namespace millrace {

Lion::Lion(std::vector<ParamGroup> groups, const Options& options)
    : OptimizerWith(std::move(groups), of<Lion>(options), {"exp_avg"}) {}

void Lion::step_bucket(const Options& o, Bucket& bucket) {
  const auto [beta1, beta2] = o.betas;
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor& mean = bucket.state[0][i];
    const at::Tensor& grad = bucket.grads[i];
    if (o.weight_decay != 0) param.mul_(1 - o.lr * o.weight_decay);
    param.add_(mean.mul(beta1).add_(grad, 1 - beta1).sign_(), -o.lr);
    mean.mul_(beta2).add_(grad, 1 - beta2);
  }
}

MILLRACE_REGISTER(Optimizer, Lion);

}  // namespace millrace
