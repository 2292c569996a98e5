#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// Sums over queries of what a ranking found, (3 + 3 T) float64: queries, their average precision, their reciprocal
/// rank of the first relevant item, and for each k the recall, the hit (1 or 0) and the precision of the first k items.
///
///     average precision = mean over the relevant items of  relevant items up to its rank / its rank
///     recall@k = relevant items among the first k / all relevant ones,   precision@k = the same / k
///
/// scores (Q, N), relevant (Q, N) 0 or 1; any device. Of equal scores the item that comes first ranks first. A query
/// without a relevant item counts as 0 everywhere. Sums of several batches are added.
at::Tensor retrieval_sums(const at::Tensor& scores, const at::Tensor& relevant, std::span<const int64_t> ks);

/// Means over the queries; undefined (nan) without any.
struct RetrievalScores {
  double mean_average_precision, mean_reciprocal_rank;
  std::vector<double> recall, hit, precision;  // for each k
};
RetrievalScores retrieval_scores(const at::Tensor& sums);

}  // namespace millrace
