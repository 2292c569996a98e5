#include "millrace/optim/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/maximum.h>

#include <cmath>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AdamState : size_t { adam_step, adam_mean, adam_square, adam_max_square };

/// What libtorch's fused kernels compute, for parameters that they don't take.
void step_adam(const AdamOptions& o, Optimizer::Bucket& bucket) {
  const auto [beta1, beta2] = o.betas;
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor& mean = bucket.state[adam_mean][i];
    at::Tensor& square = bucket.state[adam_square][i];
    at::Tensor grad = o.maximize ? bucket.grads[i].neg() : bucket.grads[i];
    if (o.decoupled_weight_decay) param.mul_(1 - o.lr * o.weight_decay);
    else if (o.weight_decay != 0) grad = grad.add(param, *o.weight_decay);
    mean.lerp_(grad, 1 - beta1);
    square.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
    at::Tensor largest = square;
    if (o.amsgrad) {
      largest = bucket.state[adam_max_square][i];
      at::maximum_out(largest, largest, square);
    }
    const double t = bucket.state[adam_step][i].item<double>();
    const double mean_share = 1 - std::pow(beta1, t), square_share = 1 - std::pow(beta2, t);
    param.addcdiv_(mean, largest.sqrt().div_(std::sqrt(square_share)).add_(o.eps), -o.lr / mean_share);
  }
}

}  // namespace

Adam::Adam(std::vector<ParamGroup> groups, const Options& options) : Adam(std::move(groups), of<Adam>(options)) {}

Adam::Adam(std::vector<ParamGroup> groups, const Defaults& defaults)
    : OptimizerWith(std::move(groups), defaults, {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"}) {}

bool Adam::keeps(const Options& options, size_t column) const { return column != adam_max_square || options.amsgrad; }

bool Adam::fuses(const Options& options) const { return options.fused.value_or(true); }

at::Tensor Adam::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == adam_step ? new_step_count(param) : at::zeros_like(param);
}

void Adam::step_bucket(const Options& options, Bucket& bucket) { step_adam_bucket(options, bucket); }

void step_adam_bucket(const AdamOptions& o, Optimizer::Bucket& bucket) {
  count_step_(bucket.state[adam_step]);
  if (!bucket.fused) return step_adam(o, bucket);
  const auto kernel = [&](auto&& fused) {
    fused(bucket.params, bucket.grads, bucket.state[adam_mean], bucket.state[adam_square],
          bucket.state[adam_max_square], bucket.state[adam_step], o.lr, o.betas.first, o.betas.second,
          double(o.weight_decay), o.eps, o.amsgrad, o.maximize);
  };
  if (o.decoupled_weight_decay) kernel([](auto&&... all) { at::_fused_adamw_(all...); });
  else kernel([](auto&&... all) { at::_fused_adam_(all...); });
}

AdamW::AdamW(std::vector<ParamGroup> groups, const Options& options) : Adam(std::move(groups), of<AdamW>(options)) {}

void AdamW::defaults(Options& options) {
  options.weight_decay = 1e-2;
  options.decoupled_weight_decay = true;
}

MILLRACE_REGISTER(Optimizer, Adam);
MILLRACE_REGISTER(Optimizer, AdamW);

}  // namespace millrace
