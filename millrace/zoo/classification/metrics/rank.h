#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace millrace::classification {

/// How many classes stand before the label of each row, (N) int64: 0 where the label has the best score. A row's top k
/// hit is rank < k. Of equal scores the lower class comes first; a score that is no number comes before all others,
/// and a label whose own score is none has rank K.
///
/// scores (N, K), labels (N) in [0, K).
at::Tensor rank_of_label(const at::Tensor& scores, const at::Tensor& labels);

/// Throws Error "Accuracy got the label 12, there are 10 classes" if a label lies outside [0, classes). Looks at labels
/// on the CPU alone: elsewhere it would wait for the device.
void check_labels(const at::Tensor& labels, int64_t classes, std::string_view owner);

}  // namespace millrace::classification
