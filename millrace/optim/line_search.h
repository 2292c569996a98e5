#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace millrace {

/// A point on a line x + t d: the value, the gradient and the slope along d.
struct LinePoint {
  double t = 0;
  double value = 0;
  at::Tensor grad;  // (N)
  double slope = 0;
};

struct LineSearch {
  LinePoint found;
  int64_t evaluations = 0;
};

/// Looks for a t > 0 at which the strong Wolfe conditions hold (Nocedal and Wright 2006, algorithms 3.5 and 3.6):
///
///     f(t) <= f(0) + 1e-4 t f'(0)   and   |f'(t)| <= 0.9 |f'(0)|
///
/// by cubic interpolation, with the steps of torch.optim's LBFGS. `begin` is the point at t = 0, `d_norm` the largest
/// absolute value in d. `evaluate(t)` gives the point at t. Stops at an interval shorter than `tolerance_change` along
/// d, or after `most` steps, with the best point so far.
LineSearch search_strong_wolfe(const std::function<LinePoint(double t)>& evaluate, const LinePoint& begin, double t,
                               double d_norm, double tolerance_change, int64_t most);

}  // namespace millrace
