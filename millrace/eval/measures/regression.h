#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace millrace {

/// Sums over rows for the errors of predicted numbers, (5, D) float64 on the device of the targets, D numbers a row:
///
///     row 0   rows                     row 3   mean of the targets
///     row 1   sum of |p - t|           row 4   sum of (t - mean)^2
///     row 2   sum of (p - t)^2
///
/// predictions, targets (N, D) of any dtype.
at::Tensor regression_sums(const at::Tensor& predictions, const at::Tensor& targets);
/// The sums of two batches together. Means and squares are merged as in Chan et al. 1982, so that targets far from 0
/// lose no digits.
at::Tensor merged_regression(const at::Tensor& a, const at::Tensor& b);

/// Undefined (nan) without rows.
struct RegressionErrors {
  std::vector<double> mae, mse;  // mean absolute and mean squared error of each of the D numbers
  /// The coefficient of determination of each:  1 - sum (p - t)^2 / sum (t - mean)^2.  Undefined for less than two
  /// rows; constant targets give 1 if every prediction is right, else 0, as in scikit-learn.
  std::vector<double> r2;
};
RegressionErrors regression_errors(const at::Tensor& sums);

}  // namespace millrace
