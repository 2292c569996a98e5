#include "millrace/optim/nadam.h"

#include <cmath>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum NadamState : size_t { nadam_step, nadam_product, nadam_mean, nadam_square };

}  // namespace

NAdam::NAdam(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<NAdam>(options), {"step", "mu_product", "exp_avg", "exp_avg_sq"}) {}

at::Tensor NAdam::make_state(const Options&, size_t column, const at::Tensor& param) const {
  if (column == nadam_step) return new_step_count(param);
  return column == nadam_product ? new_number(param, 1) : at::zeros_like(param);
}

void NAdam::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[nadam_step]);
  step_elements<2>(bucket, {nadam_mean, nadam_square}, [&](size_t i) {
    const double t = number_of(bucket.state[nadam_step][i]);
    const double keep_mean = o.betas.first, keep_square = o.betas.second;
    const auto momentum = [&](double step) { return keep_mean * (1 - 0.5 * std::pow(0.96, step * o.momentum_decay)); };
    const double mu = momentum(t), next_mu = momentum(t + 1);
    const at::Tensor& kept = bucket.state[nadam_product][i];
    const double product = set_number_(kept, number_of(kept) * mu);
    const double grad_rate = o.lr * (1 - mu) / (1 - product), mean_rate = o.lr * next_mu / (1 - product * next_mu);
    const double of_square = 1 / (1 - std::pow(keep_square, t)), sign = o.maximize ? -1 : 1;
    const double shrink = o.decoupled_weight_decay ? 1 - o.lr * o.weight_decay : 1;
    const double pull = o.decoupled_weight_decay ? 0 : o.weight_decay;
    return [=, eps = o.eps](auto g, auto& p, auto& m, auto& v) MILLRACE_RULE {
      p = shrink * p;
      g = sign * g + pull * p;
      m = m + (1 - keep_mean) * (g - m);
      v = keep_square * v + (1 - keep_square) * (g * g);
      p = p - (grad_rate * g + mean_rate * m) / (root(of_square * v) + eps);
    };
  });
}

MILLRACE_REGISTER(Optimizer, NAdam);

}  // namespace millrace
