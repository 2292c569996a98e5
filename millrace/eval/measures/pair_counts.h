#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace millrace {

/// How often rows of each class were taken for each class: (K, K) int64 on the device of the labels, a row for each
/// true class, a column for each predicted one.
///
/// predicted, labels: int64 in [0, K), of any one shape. Counts of several batches are added.
at::Tensor pair_counts(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes);

}  // namespace millrace
