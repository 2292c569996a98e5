#include "millrace/optim/sgd.h"

#include <ATen/ops/_fused_sgd.h>

namespace millrace {

SGD::SGD(std::vector<ParamGroup> groups, const Options& options)
    : OptimizerWith(std::move(groups), of<SGD>(options), {"momentum_buffer"}) {}

void SGD::check(const Options& options, Complaints& complaints) {
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    complaints.add("nesterov", "nesterov needs momentum above 0 and dampening 0").help("momentum=0.9");
}

bool SGD::keeps(const Options& options, size_t) const { return options.momentum != 0; }

bool SGD::fuses(const Options& options) const { return options.fused.value_or(true); }

void SGD::step_bucket(const Options& o, Bucket& bucket) {
  if (bucket.fused) {
    at::_fused_sgd_(bucket.params, bucket.grads, bucket.state[0], o.weight_decay, o.momentum, o.lr, o.dampening,
                    o.nesterov, o.maximize, bucket.fresh);
    return;
  }
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor grad = o.maximize ? bucket.grads[i].neg() : bucket.grads[i];
    if (o.weight_decay != 0) grad = grad.add(param, o.weight_decay);
    if (o.momentum != 0) {
      at::Tensor& buffer = bucket.state[0][i];
      if (bucket.fresh) buffer.copy_(grad);
      else buffer.mul_(o.momentum).add_(grad, 1 - o.dampening);
      grad = o.nesterov ? grad.add(buffer, o.momentum) : buffer;
    }
    param.add_(grad, -o.lr);
  }
}

MILLRACE_REGISTER(Optimizer, SGD);

}  // namespace millrace
