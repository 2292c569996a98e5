#pragma once

#include <ATen/core/Tensor.h>

namespace millrace::classification {

/// The rank of each row's label among the classes, (N) int64: 0 if the label has the best score. A row is a top-k hit
/// if rank < k. Of equal scores the lower class comes first. A nan comes before all other scores, and a label whose own
/// score is nan has rank K.
///
/// scores (N, K), labels (N) in [0, K).
at::Tensor rank_of_label(const at::Tensor& scores, const at::Tensor& labels);

}  // namespace millrace::classification
