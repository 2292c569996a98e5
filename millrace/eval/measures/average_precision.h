#pragma once

#include <ATen/core/Tensor.h>

namespace millrace {

/// The area under the steps of precision over recall, not interpolated:
///
///     AP = sum_n (R_n - R_(n-1)) P_n        P_n, R_n: precision and recall of the rows with the n best scores
///
/// Rows with equal scores are one step. scores, positive: (N), positive is 0 or 1; any device. Without a positive row
/// it is 0, as in scikit-learn.
double average_precision(const at::Tensor& scores, const at::Tensor& positive);

}  // namespace millrace
