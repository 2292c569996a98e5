#include "millrace/optim/adagrad.h"

#include <ATen/ops/_fused_adagrad.h>
#include <ATen/ops/full_like.h>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AdagradState : size_t { adagrad_step, adagrad_sum };

}  // namespace

Adagrad::Adagrad(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Adagrad>(options), {"step", "sum"}) {}

at::Tensor Adagrad::make_state(const Options& options, size_t column, const at::Tensor& param) const {
  return column == adagrad_step ? new_step_count(param) : at::full_like(param, options.initial_accumulator_value);
}

void Adagrad::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[adagrad_step]);
  if (has_strips(bucket) && o.fused.value_or(true)) {
    at::_fused_adagrad_(bucket.params, bucket.grads, bucket.state[adagrad_sum], bucket.state[adagrad_step], o.lr,
                        o.lr_decay, o.weight_decay, o.eps, o.maximize);
    return;
  }
  step_elements<1>(bucket, {adagrad_sum}, [&](size_t i) {
    const double t = number_of(bucket.state[adagrad_step][i]);
    const double rate = o.lr / (1 + (t - 1) * o.lr_decay), sign = o.maximize ? -1 : 1;
    return [=, pull = o.weight_decay, eps = o.eps](auto g, auto& p, auto& sum) MILLRACE_RULE {
      g = sign * g + pull * p;
      sum = sum + g * g;
      p = p - rate * (g / (root(sum) + eps));
    };
  });
}

MILLRACE_REGISTER(Optimizer, Adagrad);

}  // namespace millrace
