#include "millrace/optim/lamb.h"

#include <algorithm>
#include <cmath>

#include "millrace/optim/kernels/sum_elements.h"
#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum LambState : size_t { lamb_step, lamb_mean, lamb_square };

double square_of_grads(Optimizer::Bucket& bucket) {
  const auto squares = sum_elements<1>(bucket, std::array<size_t, 0>{}, [](size_t) {
    return [](auto g, auto&) MILLRACE_RULE { return std::array{g * g}; };
  });
  double all = 0;
  for (const auto& [square] : squares) all += square;
  return all;
}

}  // namespace

Lamb::Lamb(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Lamb>(options), {"step", "exp_avg", "exp_avg_sq"}) {}

at::Tensor Lamb::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == lamb_step ? new_step_count(param) : at::zeros_like(param);
}

void Lamb::step_all(std::span<const Part> parts) {
  double square = 0;
  if (std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.options.max_grad_norm.has_value(); }))
    for (const Part& part : parts) square += square_of_grads(part.bucket);
  for (const Part& part : parts) step_part(part.options, part.bucket, std::sqrt(square));
}

void Lamb::step_part(const Options& o, Bucket& bucket, double grad_norm) {
  count_step_(bucket.state[lamb_step]);
  const double keep_mean = o.betas.first, keep_square = o.betas.second;
  const double shrink = o.decoupled_decay ? 1 - o.lr * o.weight_decay : 1;
  const double pull = o.decoupled_decay ? 0 : o.weight_decay;
  /// What both passes know of a parameter: the direction r at an element.
  const auto direction_of = [&](size_t i) {
    const double t = number_of(bucket.state[lamb_step][i]);
    const double of_mean = o.bias_correction ? 1 / (1 - std::pow(keep_mean, t)) : 1;
    const double of_root = o.bias_correction ? 1 / std::sqrt(1 - std::pow(keep_square, t)) : 1;
    return [=, eps = o.eps](auto p, auto m, auto v)
               MILLRACE_RULE { return of_mean * m / (of_root * root(v) + eps) + pull * p; };
  };
  const double scale = o.max_grad_norm ? 1 / std::max(1.0, grad_norm / *o.max_grad_norm) : 1;
  const double share = o.grad_averaging ? 1 - keep_mean : 1;
  const auto squares = sum_elements<2>(bucket, std::array<size_t, 2>{lamb_mean, lamb_square}, [&](size_t i) {
    const auto direction = direction_of(i);
    return [=](auto g, auto& p, auto& m, auto& v) MILLRACE_RULE {
      g = scale * g;
      m = keep_mean * m + share * g;
      v = keep_square * v + (1 - keep_square) * (g * g);
      const auto decayed = shrink * p, r = direction(decayed, m, v);
      return std::array{decayed * decayed, r * r};
    };
  });
  const bool adapts = o.weight_decay != 0 || o.always_adapt;
  step_elements<2>(bucket, {lamb_mean, lamb_square}, [&](size_t i) {
    const auto [of_param, of_step] = squares[i];
    double trust = adapts && of_param > 0 && of_step > 0 ? std::sqrt(of_param) / std::sqrt(of_step) : 1;
    if (o.trust_clip) trust = std::min(trust, 1.0);
    const auto direction = direction_of(i);
    return [=, rate = o.lr * trust](auto, auto& p, auto& m, auto& v) MILLRACE_RULE {
      p = shrink * p;
      p = p - rate * direction(p, m, v);
    };
  });
}

MILLRACE_REGISTER(Optimizer, Lamb);

}  // namespace millrace
