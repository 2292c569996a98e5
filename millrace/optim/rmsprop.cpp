#include "millrace/optim/rmsprop.h"

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum RmspropState : size_t { rmsprop_step, rmsprop_square, rmsprop_momentum, rmsprop_mean };

}  // namespace

RMSprop::RMSprop(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<RMSprop>(options),
                           {"step", "square_avg", "momentum_buffer", "grad_avg"}) {}

bool RMSprop::keeps(const Options& options, size_t column) const {
  if (column == rmsprop_momentum) return options.momentum > 0;
  return column != rmsprop_mean || options.centered;
}

at::Tensor RMSprop::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == rmsprop_step ? new_step_count(param) : at::zeros_like(param);
}

void RMSprop::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[rmsprop_step]);
  const double sign = o.maximize ? -1 : 1;
  const auto rule = [=, lr = o.lr, keep = o.alpha, eps = o.eps, pull = o.weight_decay](
                        const auto& direction, auto g, auto& p, auto& v, auto&... more) MILLRACE_RULE {
    g = sign * g + pull * p;
    v = keep * v + (1 - keep) * (g * g);
    p = p - lr * direction(g, v, eps, more...);
  };
  const auto by_square = [](auto g, auto v, double eps) MILLRACE_RULE { return g / (root(v) + eps); };
  const auto by_deviation = [keep = o.alpha](auto g, auto v, double eps, auto& mean) MILLRACE_RULE {
    mean = mean + (1 - keep) * (g - mean);
    return g / (root(v - mean * mean) + eps);
  };
  const auto moving = [momentum = o.momentum](auto step, auto& buffer)
                          MILLRACE_RULE { return buffer = momentum * buffer + step; };
  if (o.centered && o.momentum > 0) {
    const auto direction = [=](auto g, auto v, double eps, auto& mean, auto& buffer)
                               MILLRACE_RULE { return moving(by_deviation(g, v, eps, mean), buffer); };
    step_elements<3>(bucket, {rmsprop_square, rmsprop_mean, rmsprop_momentum}, [&](size_t) {
      return [=](auto g, auto& p, auto& v, auto& mean, auto& buffer)
                 MILLRACE_RULE { rule(direction, g, p, v, mean, buffer); };
    });
  } else if (o.centered) {
    step_elements<2>(bucket, {rmsprop_square, rmsprop_mean}, [&](size_t) {
      return [=](auto g, auto& p, auto& v, auto& mean) MILLRACE_RULE { rule(by_deviation, g, p, v, mean); };
    });
  } else if (o.momentum > 0) {
    const auto direction = [=](auto g, auto v, double eps, auto& buffer)
                               MILLRACE_RULE { return moving(by_square(g, v, eps), buffer); };
    step_elements<2>(bucket, {rmsprop_square, rmsprop_momentum}, [&](size_t) {
      return [=](auto g, auto& p, auto& v, auto& buffer) MILLRACE_RULE { rule(direction, g, p, v, buffer); };
    });
  } else {
    step_elements<1>(bucket, {rmsprop_square},
                     [&](size_t) { return [=](auto g, auto& p, auto& v) MILLRACE_RULE { rule(by_square, g, p, v); }; });
  }
}

MILLRACE_REGISTER(Optimizer, RMSprop);

}  // namespace millrace
