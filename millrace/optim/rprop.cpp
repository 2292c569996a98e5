#include "millrace/optim/rprop.h"

#include <ATen/ops/full_like.h>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum RpropState : size_t { rprop_step, rprop_prev, rprop_size };

}  // namespace

Rprop::Rprop(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Rprop>(options), {"step", "prev", "step_size"}) {}

void Rprop::check(const Options& options, Complaints& complaints) {
  if (!(options.etas.first < 1 && options.etas.second > 1))
    complaints.add("etas", "etas must be a factor below 1 and one above 1").help("etas=[0.5,1.2]");
}

at::Tensor Rprop::make_state(const Options& options, size_t column, const at::Tensor& param) const {
  if (column == rprop_step) return new_step_count(param);
  return column == rprop_size ? at::full_like(param, options.lr) : at::zeros_like(param);
}

void Rprop::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[rprop_step]);
  const auto rule = [shrink = o.etas.first, grow = o.etas.second, least = o.step_sizes.first,
                     most = o.step_sizes.second,
                     sign = o.maximize ? -1.0 : 1.0](auto g, auto& p, auto& before, auto& size) MILLRACE_RULE {
    g = sign * g;
    const auto agreement = g * before;
    size = clamped(size * by_sign(agreement, grow, 1, shrink), least, most);
    g = g * by_sign(agreement, 1, 1, 0);
    p = p - sign_of(g) * size;
    before = g;
  };
  step_elements<2>(bucket, {rprop_prev, rprop_size}, [&](size_t) { return rule; });
}

MILLRACE_REGISTER(Optimizer, Rprop);

}  // namespace millrace
