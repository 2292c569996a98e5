#include "millrace/optim/adan.h"

#include <cmath>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AdanState : size_t { adan_step, adan_mean, adan_change, adan_square, adan_before };

}  // namespace

Adan::Adan(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Adan>(options),
                           {"step", "exp_avg", "exp_avg_diff", "exp_avg_sq", "neg_pre_grad"}) {}

at::Tensor Adan::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == adan_step ? new_step_count(param) : at::zeros_like(param);
}

void Adan::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[adan_step]);
  step_elements<4>(bucket, {adan_mean, adan_change, adan_square, adan_before}, [&](size_t i) {
    const double t = number_of(bucket.state[adan_step][i]);
    const double keep1 = std::get<0>(o.betas), keep2 = std::get<1>(o.betas), keep3 = std::get<2>(o.betas);
    const double mean_rate = o.lr / (1 - std::pow(keep1, t)), change_rate = o.lr * keep2 / (1 - std::pow(keep2, t));
    const double of_root = 1 / std::sqrt(1 - std::pow(keep3, t)), has_before = t > 1 ? 1 : 0;
    const double before = o.no_prox ? 1 - o.lr * o.weight_decay : 1;
    const double after = o.no_prox ? 1 : 1 / (1 + o.lr * o.weight_decay);
    return [=, eps = o.eps](auto g, auto& p, auto& m, auto& u, auto& n, auto& negative) MILLRACE_RULE {
      const auto change = has_before * (g + negative);
      const auto ahead = g + keep2 * change;
      m = keep1 * m + (1 - keep1) * g;
      u = keep2 * u + (1 - keep2) * change;
      n = keep3 * n + (1 - keep3) * (ahead * ahead);
      p = after * (before * p - (mean_rate * m + change_rate * u) / (of_root * root(n) + eps));
      negative = -g;
    };
  });
}

MILLRACE_REGISTER(Optimizer, Adan);

}  // namespace millrace
