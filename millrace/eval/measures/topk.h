#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>

namespace millrace {

/// Which of two classes with the same score comes first.
enum class Ties { lower_class, higher_class };

/// The rank of each row's label among the classes, (N) int64 on the device of the scores: 0 if the label has the best
/// score. A row is a top-k hit if rank < k. A nan comes before all other scores, and a label whose own score is nan has
/// rank K.
///
/// scores (N, K), labels (N) in [0, K).
at::Tensor rank_of_label(const at::Tensor& scores, const at::Tensor& labels, Ties ties = Ties::lower_class);

/// The number of top-k hits whose score is above thr:  |{n : rank_n < k and scores[n, label_n] > thr}|.
///
/// scores (N, K) float, labels (N) in [0, K); no `thr`: every score counts. Gives (len(ks) * len(thrs)) int64 on the
/// device of the scores, k by k. Counts of several batches are added; the top-k accuracy is counts / N.
at::Tensor topk_hits(const at::Tensor& scores, const at::Tensor& labels, std::span<const int64_t> ks,
                     std::span<const std::optional<double>> thrs, Ties ties = Ties::lower_class);

}  // namespace millrace
