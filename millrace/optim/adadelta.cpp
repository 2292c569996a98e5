#include "millrace/optim/adadelta.h"

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AdadeltaState : size_t { adadelta_step, adadelta_square, adadelta_delta };

}  // namespace

Adadelta::Adadelta(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Adadelta>(options), {"step", "square_avg", "acc_delta"}) {}

at::Tensor Adadelta::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == adadelta_step ? new_step_count(param) : at::zeros_like(param);
}

void Adadelta::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[adadelta_step]);
  const double sign = o.maximize ? -1 : 1;
  const auto rule = [=, lr = o.lr, rho = o.rho, eps = o.eps, pull = o.weight_decay](auto g, auto& p, auto& v, auto& u)
                        MILLRACE_RULE {
                          g = sign * g + pull * p;
                          v = rho * v + (1 - rho) * (g * g);
                          const auto delta = root(u + eps) / root(v + eps) * g;
                          u = rho * u + (1 - rho) * (delta * delta);
                          p = p - lr * delta;
                        };
  step_elements<2>(bucket, {adadelta_square, adadelta_delta}, [&](size_t) { return rule; });
}

MILLRACE_REGISTER(Optimizer, Adadelta);

}  // namespace millrace
