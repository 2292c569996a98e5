#include "millrace/eval/measures/frechet_distance.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {

FeatureDistribution distribution_of(const at::Tensor& features) {
  const int64_t rows = features.size(0);
  if (rows < 2) throw Error(fmt::format("a covariance needs at least two rows of features, got {}", rows));
  const at::Tensor values = features.to(at::kDouble), mean = values.mean(0), apart = values - mean;
  return {mean, at::matmul(apart.t(), apart) / static_cast<double>(rows - 1)};
}

FrechetDistance frechet_distance(const FeatureDistribution& a, const FeatureDistribution& b) {
  // C_1 C_2 has the eigenvalues of the symmetric R C_2 R, where R R = C_1; so no complex root is needed.
  const auto [values, vectors] = at::linalg_eigh(a.covariance);
  const at::Tensor root = at::matmul(vectors * values.clamp_min(0).sqrt(), vectors.t());
  const at::Tensor product = at::matmul(at::matmul(root, b.covariance), root);
  const at::Tensor roots = at::linalg_eigvalsh((product + product.t()) / 2).clamp_min(0).sqrt();
  const auto mean_term = (a.mean - b.mean).square().sum().item<double>();
  const auto traces = (a.covariance.diagonal().sum() + b.covariance.diagonal().sum()).item<double>();
  return {mean_term + traces - 2 * roots.sum().item<double>(), mean_term};
}

}  // namespace millrace
