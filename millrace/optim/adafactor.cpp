#include "millrace/optim/adafactor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "millrace/optim/kernels/factored_squares.h"
#include "millrace/optim/kernels/sum_elements.h"
#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

enum AdafactorState : size_t { adafactor_step, adafactor_rows, adafactor_columns, adafactor_squares };

double epsilon_of(at::ScalarType dtype) {
  switch (dtype) {
    case at::kDouble:
      return std::numeric_limits<double>::epsilon();
    case at::kHalf:
      return std::exp2(-10);
    case at::kBFloat16:
      return std::exp2(-7);
    default:
      return std::numeric_limits<float>::epsilon();
  }
}

/// What one step needs to know of a parameter beside its state.
struct AdafactorStep {
  double share;  // of the new squares
  double rho, shrink, sign, eps, eps_square;
};

AdafactorStep step_of(const TorchAdafactorOptions& o, const Optimizer::Bucket& bucket, size_t i) {
  const double t = number_of(bucket.state[adafactor_step][i]);
  const double eps = o.eps.first.value_or(epsilon_of(bucket.params[i].scalar_type()));
  return {std::pow(t, o.beta2_decay),
          std::min(o.lr, 1 / std::sqrt(t)),
          1 - o.lr * o.weight_decay,
          o.maximize ? -1.0 : 1.0,
          eps,
          eps * eps};
}

/// The factor on u, from the sums of p^2 and u^2.
double rate_of(const TorchAdafactorOptions& o, const AdafactorStep& step, double param_square, double u_square,
               int64_t numel) {
  const auto count = static_cast<double>(numel);
  const double alpha = std::max(o.eps.second, std::sqrt(param_square / count)) * step.rho;
  return alpha / std::max(1.0, std::sqrt(u_square / count) / o.d);
}

/// Members of the bucket, with their state.
Optimizer::Bucket part_of(const Optimizer::Bucket& bucket, const std::vector<size_t>& members) {
  Optimizer::Bucket part;
  part.fused = bucket.fused;
  part.state.resize(bucket.state.size());
  for (const size_t i : members) {
    part.params.push_back(bucket.params[i]);
    part.grads.push_back(bucket.grads[i]);
    for (size_t c = 0; c < bucket.state.size(); ++c) part.state[c].push_back(bucket.state[c][i]);
  }
  return part;
}

void step_vectors(const TorchAdafactorOptions& o, Optimizer::Bucket bucket) {
  const auto sums = sum_elements<2>(bucket, std::array<size_t, 1>{adafactor_squares}, [&](size_t i) {
    return [step = step_of(o, bucket, i)](auto g, auto& p, auto& v) MILLRACE_RULE {
      const auto square = g * g;
      v = v + step.share * (square - v);
      return std::array{p * p, square / at_least(v, step.eps_square)};
    };
  });
  step_elements<1>(bucket, {adafactor_squares}, [&](size_t i) {
    const AdafactorStep step = step_of(o, bucket, i);
    const double rate = step.sign * rate_of(o, step, sums[i][0], sums[i][1], bucket.params[i].numel());
    return [=, shrink = step.shrink, least = step.eps_square](auto g, auto& p, auto& v)
               MILLRACE_RULE { p = shrink * p - rate * (g / root(at_least(v, least))); };
  });
}

/// Matrices of one element, as of 1 x 1 convolutions: R and C are laid out like the parameter.
void step_points(const TorchAdafactorOptions& o, Optimizer::Bucket bucket) {
  const auto square_at = [](auto row, auto column, double eps, double eps_square)
                             MILLRACE_RULE { return at_least(row * column / at_least(row, eps), eps_square); };
  const std::array<size_t, 2> columns = {adafactor_rows, adafactor_columns};
  const auto sums = sum_elements<2>(bucket, columns, [&](size_t i) {
    return [=, step = step_of(o, bucket, i)](auto g, auto& p, auto& row, auto& column) MILLRACE_RULE {
      const auto square = g * g;
      row = row + step.share * (square - row);
      column = column + step.share * (square - column);
      return std::array{p * p, square / square_at(row, column, step.eps, step.eps_square)};
    };
  });
  step_elements<2>(bucket, columns, [&](size_t i) {
    const AdafactorStep step = step_of(o, bucket, i);
    const double rate = step.sign * rate_of(o, step, sums[i][0], sums[i][1], bucket.params[i].numel());
    return [=](auto g, auto& p, auto& row, auto& column) MILLRACE_RULE {
      p = step.shrink * p - rate * (g / root(square_at(row, column, step.eps, step.eps_square)));
    };
  });
}

/// Calls `work(zero)` with a zero of the bucket's dtype.
template <class Work>
void with_dtype(const Optimizer::Bucket& bucket, const Work& work) {
  if (bucket.params[0].scalar_type() == at::kDouble) work(double());
  else work(float());
}

void step_matrices(const TorchAdafactorOptions& o, Optimizer::Bucket bucket) {
  std::vector<AdafactorStep> steps;
  for (size_t i = 0; i < bucket.params.size(); ++i) steps.push_back(step_of(o, bucket, i));
  const FactoredSquares squares(bucket, adafactor_rows, adafactor_columns);
  squares.update([&](size_t i) { return steps[i].share; });
  constexpr auto kPlaces = std::make_index_sequence<2>();  // p and V
  const auto eps = [&](size_t i) { return steps[i].eps; };
  std::vector<std::array<double, 2>> of_slices(squares.slices()), sums(bucket.params.size());
  squares.for_each_piece(eps, [&](const FactoredSquares::Piece& piece) {
    const auto rule = [least = steps[piece.param].eps_square](auto g, auto& p, auto& v) MILLRACE_RULE {
      return std::array{p * p, g * g / at_least(v, least)};
    };
    with_dtype(bucket, [&](auto zero) {
      detail::sum_stretch<decltype(zero), 2>(rule, piece.at, 0, piece.count, of_slices[piece.slice].data(), kPlaces);
    });
  });
  for (size_t s = 0; s < of_slices.size(); ++s)
    for (size_t k = 0; k < 2; ++k) sums[squares.param_of(s)][k] += of_slices[s][k];
  squares.for_each_piece(eps, [&](const FactoredSquares::Piece& piece) {
    const AdafactorStep& step = steps[piece.param];
    const auto [param_square, u_square] = sums[piece.param];
    const double rate = step.sign * rate_of(o, step, param_square, u_square, bucket.params[piece.param].numel());
    const auto rule = [=, shrink = step.shrink, least = step.eps_square](auto g, auto& p, auto& v)
                          MILLRACE_RULE { p = shrink * p - rate * (g / root(at_least(v, least))); };
    with_dtype(bucket,
               [&](auto zero) { detail::step_stretch<decltype(zero)>(rule, piece.at, 0, piece.count, kPlaces); });
  });
}

/// Any layout, dtype and device, by libtorch's operators.
void step_tensor(const TorchAdafactorOptions& o, Optimizer::Bucket& bucket, size_t i) {
  const AdafactorStep step = step_of(o, bucket, i);
  at::Tensor& param = bucket.params[i];
  const at::Tensor &grad = bucket.grads[i], square = grad * grad;
  at::Tensor v;
  if (param.dim() > 1) {
    at::Tensor &rows = bucket.state[adafactor_rows][i], &columns = bucket.state[adafactor_columns][i];
    rows.lerp_(square.mean({-1}, true), step.share);
    columns.lerp_(square.mean({-2}, true), step.share);
    v = rows * columns / rows.mean({-2}, true).clamp_min(step.eps);
  } else {
    v = bucket.state[adafactor_squares][i].lerp_(square, step.share);
  }
  const at::Tensor u = grad * v.clamp_min(step.eps_square).rsqrt();
  const auto square_sum = [](const at::Tensor& x) { return (x * x).sum().item<double>(); };
  const double rate = step.sign * rate_of(o, step, square_sum(param), square_sum(u), param.numel());
  param.mul_(step.shrink).add_(u, -rate);
}

}  // namespace

TorchAdafactor::TorchAdafactor(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<TorchAdafactor>(options), {"step", "row_var", "col_var", "variance"}) {
}

at::Tensor TorchAdafactor::make_state(const Options&, size_t column, const at::Tensor& param) const {
  if (column == adafactor_step) return new_step_count(param);
  if ((column == adafactor_squares) != (param.dim() < 2)) return {};
  if (column == adafactor_squares) return at::zeros_like(param);
  std::vector<int64_t> sizes = param.sizes().vec();
  sizes[sizes.size() - (column == adafactor_rows ? 1 : 2)] = 1;
  return param.new_zeros(sizes);
}

void TorchAdafactor::step_bucket(const Options& o, Bucket& bucket) {
  count_step_(bucket.state[adafactor_step]);
  const at::ScalarType dtype = bucket.params[0].scalar_type();
  const bool has_loops = has_strips(bucket) && (dtype == at::kFloat || dtype == at::kDouble);
  std::vector<size_t> vectors, points, matrices;
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    const at::Tensor& param = bucket.params[i];
    if (param.numel() == 0) continue;
    if (!has_loops || (param.dim() > 1 && !param.is_contiguous())) step_tensor(o, bucket, i);
    else if (param.dim() < 2) vectors.push_back(i);
    else if (param.size(-1) * param.size(-2) == 1) points.push_back(i);
    else matrices.push_back(i);
  }
  if (!vectors.empty()) step_vectors(o, part_of(bucket, vectors));
  if (!points.empty()) step_points(o, part_of(bucket, points));
  if (!matrices.empty()) step_matrices(o, part_of(bucket, matrices));
}

MILLRACE_REGISTER(Optimizer, TorchAdafactor);

}  // namespace millrace
