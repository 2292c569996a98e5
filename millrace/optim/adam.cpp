#include "millrace/optim/adam.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

namespace millrace {

namespace {

// Slots of Adam's settings and columns of its state, in the order in which its constructor names them.
enum AdamSlot : ParamGroup::Slot {
  adam_lr,
  adam_beta1,
  adam_beta2,
  adam_eps,
  adam_weight_decay,
  adam_amsgrad,
  adam_maximize
};
enum AdamState : size_t { adam_step, adam_mean, adam_square, adam_max_square };

}  // namespace

Adam::Adam(std::vector<ParamGroup> groups, Options options)
    : Optimizer(std::move(groups),
                {{"lr", options.lr},
                 {"betas", State::tuple({options.betas.first, options.betas.second}), Setting::Kind::betas},
                 {"eps", options.eps},
                 {"weight_decay", options.weight_decay},
                 {"amsgrad", options.amsgrad, Setting::Kind::flag},
                 {"maximize", options.maximize, Setting::Kind::flag},
                 {"foreach", nullptr, Setting::Kind::constant},
                 {"capturable", false, Setting::Kind::constant},
                 {"differentiable", false, Setting::Kind::constant},
                 {"fused", nullptr, Setting::Kind::constant},
                 {"decoupled_weight_decay", options.decoupled_weight_decay, Setting::Kind::constant}},
                {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, checked<Adam>(options).fused.value_or(true)),
      decoupled_(options.decoupled_weight_decay) {}

size_t Adam::state_columns(const ParamGroup& group) const { return group[adam_amsgrad] != 0 ? 4 : 3; }

at::Tensor Adam::make_state(size_t column, const at::Tensor& param) const {
  // The fused kernels read the count as float32, whatever the parameter is.
  if (column == adam_step) return at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(param.device()));
  return at::zeros_like(param);
}

void Adam::step_bucket(const ParamGroup& group, Bucket& bucket) {
  auto& steps = bucket.state[adam_step];
  if (steps[0].is_cpu()) {
    for (at::Tensor& step : steps) *step.mutable_data_ptr<float>() += 1;
  } else {
    at::_foreach_add_(steps, 1);
  }
  if (!bucket.fused) return step_plainly(group, bucket);
  const bool amsgrad = group[adam_amsgrad] != 0, maximize = group[adam_maximize] != 0;
  const at::TensorList max_squares = amsgrad ? at::TensorList(bucket.state[adam_max_square]) : at::TensorList();
  const auto kernel = [&](auto&& fused) {
    fused(bucket.params, bucket.grads, bucket.state[adam_mean], bucket.state[adam_square], max_squares, steps,
          group[adam_lr], group[adam_beta1], group[adam_beta2], group[adam_weight_decay], group[adam_eps], amsgrad,
          maximize);
  };
  if (decoupled_) kernel([](auto&&... all) { at::_fused_adamw_(all...); });
  else kernel([](auto&&... all) { at::_fused_adam_(all...); });
}

void Adam::step_plainly(const ParamGroup& group, Bucket& bucket) const {
  const double lr = group[adam_lr], beta1 = group[adam_beta1], beta2 = group[adam_beta2],
               weight_decay = group[adam_weight_decay];
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor& mean = bucket.state[adam_mean][i];
    at::Tensor& square = bucket.state[adam_square][i];
    at::Tensor grad = group[adam_maximize] != 0 ? bucket.grads[i].neg() : bucket.grads[i];
    if (decoupled_) param.mul_(1 - lr * weight_decay);
    else if (weight_decay != 0) grad = grad.add(param, weight_decay);
    mean.lerp_(grad, 1 - beta1);
    square.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
    at::Tensor largest = square;
    if (group[adam_amsgrad] != 0) {
      largest = bucket.state[adam_max_square][i];
      at::maximum_out(largest, largest, square);
    }
    const double t = bucket.state[adam_step][i].item<double>();
    const double mean_share = 1 - std::pow(beta1, t), square_share = 1 - std::pow(beta2, t);
    param.addcdiv_(mean, largest.sqrt().div_(std::sqrt(square_share)).add_(group[adam_eps]), -lr / mean_share);
  }
}

AdamW::AdamW(std::vector<ParamGroup> groups, Options options)
    : Adam(std::move(groups), {.lr = options.lr,
                               .betas = options.betas,
                               .eps = options.eps,
                               .weight_decay = options.weight_decay,
                               .amsgrad = options.amsgrad,
                               .maximize = options.maximize,
                               .decoupled_weight_decay = true,
                               .fused = options.fused}) {}

MILLRACE_REGISTER(Optimizer, Adam);
MILLRACE_REGISTER(Optimizer, AdamW);

}  // namespace millrace
