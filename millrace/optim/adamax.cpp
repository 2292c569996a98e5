#include "millrace/optim/adamax.h"

#include <cmath>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AdamaxState : size_t { adamax_step, adamax_mean, adamax_largest };

}  // namespace

Adamax::Adamax(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Adamax>(options), {"step", "exp_avg", "exp_inf"}) {}

at::Tensor Adamax::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == adamax_step ? new_step_count(param) : at::zeros_like(param);
}

void Adamax::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[adamax_step]);
  step_elements<2>(bucket, {adamax_mean, adamax_largest}, [&](size_t i) {
    const double t = number_of(bucket.state[adamax_step][i]);
    const double keep_mean = o.betas.first, keep_largest = o.betas.second;
    const double rate = o.lr / (1 - std::pow(keep_mean, t)), sign = o.maximize ? -1 : 1;
    return [=, pull = o.weight_decay, eps = o.eps](auto g, auto& p, auto& m, auto& u) MILLRACE_RULE {
      g = sign * g + pull * p;
      m = m + (1 - keep_mean) * (g - m);
      u = larger(keep_largest * u, size_of(g) + eps);
      p = p - rate * (m / u);
    };
  });
}

MILLRACE_REGISTER(Optimizer, Adamax);

}  // namespace millrace
