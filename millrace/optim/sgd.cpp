#include "millrace/optim/sgd.h"

#include <ATen/ops/_fused_sgd.h>

#include "millrace/base/error.h"

namespace millrace {

namespace {

// Slots of SGD's settings, in the order in which its constructor names them.
enum SgdSlot : ParamGroup::Slot { sgd_lr, sgd_momentum, sgd_dampening, sgd_weight_decay, sgd_nesterov, sgd_maximize };

}  // namespace

SGD::SGD(std::vector<ParamGroup> groups, Options options)
    : Optimizer(std::move(groups),
                {{"lr", options.lr},
                 {"momentum", options.momentum},
                 {"dampening", options.dampening},
                 {"weight_decay", options.weight_decay},
                 {"nesterov", options.nesterov, Setting::Kind::flag},
                 {"maximize", options.maximize, Setting::Kind::flag},
                 {"foreach", nullptr, Setting::Kind::constant},
                 {"differentiable", false, Setting::Kind::constant},
                 {"fused", nullptr, Setting::Kind::constant}},
                {"momentum_buffer"}, checked<SGD>(options).fused.value_or(true)) {
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    throw Error("nesterov needs momentum above 0 and dampening 0").help("momentum=0.9");
}

size_t SGD::state_columns(const ParamGroup& group) const { return group[sgd_momentum] != 0 ? 1 : 0; }

void SGD::step_bucket(const ParamGroup& group, Bucket& bucket) {
  const double momentum = group[sgd_momentum], dampening = group[sgd_dampening], weight_decay = group[sgd_weight_decay];
  const bool nesterov = group[sgd_nesterov] != 0, maximize = group[sgd_maximize] != 0;
  if (bucket.fused) {
    at::_fused_sgd_(bucket.params, bucket.grads, momentum != 0 ? at::TensorList(bucket.state[0]) : at::TensorList(),
                    weight_decay, momentum, group[sgd_lr], dampening, nesterov, maximize, bucket.fresh);
    return;
  }
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor grad = maximize ? bucket.grads[i].neg() : bucket.grads[i];
    if (weight_decay != 0) grad = grad.add(param, weight_decay);
    if (momentum != 0) {
      at::Tensor& buffer = bucket.state[0][i];
      if (bucket.fresh) buffer.copy_(grad);
      else buffer.mul_(momentum).add_(grad, 1 - dampening);
      grad = nesterov ? grad.add(buffer, momentum) : buffer;
    }
    param.add_(grad, -group[sgd_lr]);
  }
}

MILLRACE_REGISTER(Optimizer, SGD);

}  // namespace millrace
