#include "millrace/optim/rmsprop.h"

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum RmspropState : size_t { rmsprop_step, rmsprop_square, rmsprop_momentum, rmsprop_mean };

}  // namespace

RMSprop::RMSprop(std::vector<ParamGroup> groups, const Options& options)
    : OptimizerWith(std::move(groups), of<RMSprop>(options), {"step", "square_avg", "momentum_buffer", "grad_avg"}) {}

bool RMSprop::keeps(const Options& options, size_t column) const {
  if (column == rmsprop_momentum) return options.momentum > 0;
  return column != rmsprop_mean || options.centered;
}

at::Tensor RMSprop::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == rmsprop_step ? new_step_count(param) : at::zeros_like(param);
}

void RMSprop::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[rmsprop_step]);
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor& square = bucket.state[rmsprop_square][i];
    at::Tensor grad = o.maximize ? bucket.grads[i].neg() : bucket.grads[i];
    if (o.weight_decay != 0) grad = grad.add(param, o.weight_decay);
    square.mul_(o.alpha).addcmul_(grad, grad, 1 - o.alpha);
    at::Tensor divisor;
    if (o.centered) {
      at::Tensor& mean = bucket.state[rmsprop_mean][i];
      mean.lerp_(grad, 1 - o.alpha);
      divisor = square.addcmul(mean, mean, -1).sqrt_().add_(o.eps);
    } else {
      divisor = square.sqrt().add_(o.eps);
    }
    if (o.momentum > 0) {
      at::Tensor& buffer = bucket.state[rmsprop_momentum][i];
      buffer.mul_(o.momentum).addcdiv_(grad, divisor);
      param.add_(buffer, -o.lr);
    } else {
      param.addcdiv_(grad, divisor, -o.lr);
    }
  }
}

MILLRACE_REGISTER(Optimizer, RMSprop);

}  // namespace millrace
