#include "millrace/optim/radam.h"

#include <cmath>

#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum RadamState : size_t { radam_step, radam_mean, radam_square };

}  // namespace

RAdam::RAdam(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<RAdam>(options), {"step", "exp_avg", "exp_avg_sq"}) {}

at::Tensor RAdam::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == radam_step ? new_step_count(param) : at::zeros_like(param);
}

void RAdam::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[radam_step]);
  step_elements<2>(bucket, {radam_mean, radam_square}, [&](size_t i) {
    const double t = number_of(bucket.state[radam_step][i]);
    const double keep_mean = o.betas.first, keep_square = o.betas.second;
    const double left = std::pow(keep_square, t), square_share = 1 - left;
    const double longest = 2 / (1 - keep_square) - 1, length = longest - 2 * t * left / square_share;
    const bool divides = length > 5;
    double rate = o.lr / (1 - std::pow(keep_mean, t));
    if (divides)
      rate *=
          std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length) * square_share);
    const double of_root = divides ? 1 : 0, floor = divides ? o.eps : 1;  // the divisor; else it is 1
    const double shrink = o.decoupled_weight_decay ? 1 - o.lr * o.weight_decay : 1;
    const double pull = o.decoupled_weight_decay ? 0 : o.weight_decay, sign = o.maximize ? -1 : 1;
    return [=](auto g, auto& p, auto& m, auto& v) MILLRACE_RULE {
      p = shrink * p;
      g = sign * g + pull * p;
      m = m + (1 - keep_mean) * (g - m);
      v = keep_square * v + (1 - keep_square) * (g * g);
      p = p - rate * (m / (of_root * root(v) + floor));
    };
  });
}

MILLRACE_REGISTER(Optimizer, RAdam);

}  // namespace millrace
