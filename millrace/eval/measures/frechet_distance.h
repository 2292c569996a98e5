#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace millrace {

/// A normal distribution fitted to features.
struct FeatureDistribution {
  at::Tensor mean;        // (D) float64
  at::Tensor covariance;  // (D, D) float64, divided by n - 1
};
/// features (n, D) of any dtype. Throws Error for less than two rows.
FeatureDistribution distribution_of(const at::Tensor& features);

/// The squared Fréchet distance of two normal distributions (Heusel et al. 2017; FID, if the features are those of
/// Inception-v3):
///
///     |m_1 - m_2|^2 + trace(C_1 + C_2 - 2 (C_1 C_2)^(1/2))
struct FrechetDistance {
  double distance;
  double mean_term;  // |m_1 - m_2|^2
};
FrechetDistance frechet_distance(const FeatureDistribution& a, const FeatureDistribution& b);

}  // namespace millrace
