#include "millrace/optim/asgd.h"

#include <algorithm>
#include <cmath>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AsgdState : size_t { asgd_step, asgd_eta, asgd_mu, asgd_average };

}  // namespace

ASGD::ASGD(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<ASGD>(options), {"step", "eta", "mu", "ax"}) {}

at::Tensor ASGD::make_state(const Options& options, size_t column, const at::Tensor& param) const {
  switch (column) {
    case asgd_step:
      return new_step_count(param);
    case asgd_eta:
      return new_number(param, options.lr);
    case asgd_mu:
      return new_number(param, 1);
    default:
      return at::zeros_like(param);
  }
}

void ASGD::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[asgd_step]);
  step_elements<1>(bucket, {asgd_average}, [&](size_t i) {
    const at::Tensor &kept_eta = bucket.state[asgd_eta][i], &kept_mu = bucket.state[asgd_mu][i];
    const double t = number_of(bucket.state[asgd_step][i]);
    const double eta = number_of(kept_eta), mu = number_of(kept_mu);
    set_number_(kept_eta, o.lr / std::pow(1 + o.lambd * o.lr * t, o.alpha));
    set_number_(kept_mu, 1 / std::max(1.0, t - o.t0));
    const double shrink = 1 - o.lambd * eta, pull = o.weight_decay, sign = o.maximize ? -1 : 1;
    return [=](auto g, auto& p, auto& average) MILLRACE_RULE {
      g = sign * g + pull * p;
      p = shrink * p - eta * g;
      average = (1 - mu) * average + mu * p;
    };
  });
}

MILLRACE_REGISTER(Optimizer, ASGD);

}  // namespace millrace
