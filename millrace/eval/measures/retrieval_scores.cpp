#include "millrace/eval/measures/retrieval_scores.h"

#include <ATen/ops/sort.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "millrace/eval/measures/defined.h"

namespace millrace {

at::Tensor retrieval_sums(const at::Tensor& scores, const at::Tensor& relevant, std::span<const int64_t> ks) {
  const at::Tensor order =
      std::get<1>(at::sort(scores.cpu().to(at::kDouble), /*stable=*/true, /*dim=*/1, /*descending=*/true));
  const at::Tensor found = relevant.cpu().to(at::kDouble).gather(1, order).gt(0).to(at::kDouble).contiguous();
  const int64_t items = found.size(1);
  std::vector<double> sums(3 + 3 * ks.size());
  sums[0] = static_cast<double>(found.size(0));
  for (int64_t query = 0; query < found.size(0); ++query) {
    const double* const is_relevant = found.const_data_ptr<double>() + query * items;
    std::vector<double> among_first = {0};  // relevant items among the first n
    double precisions = 0, first_rank = 0;
    for (int64_t n = 0; n < items; ++n) {
      among_first.push_back(among_first.back() + is_relevant[n]);
      if (is_relevant[n] == 0) continue;
      const auto rank = static_cast<double>(n + 1);
      precisions += among_first.back() / rank;
      if (first_rank == 0) first_rank = rank;
    }
    const double all = among_first.back();
    if (all == 0) continue;
    sums[1] += precisions / all;
    sums[2] += 1 / first_rank;
    for (size_t i = 0; i < ks.size(); ++i) {
      const double hits = among_first[static_cast<size_t>(std::min(ks[i], items))];
      sums[3 + 3 * i] += hits / all;
      sums[4 + 3 * i] += hits > 0 ? 1 : 0;
      sums[5 + 3 * i] += hits / static_cast<double>(ks[i]);
    }
  }
  return at::tensor(sums, at::kDouble);
}

RetrievalScores retrieval_scores(const at::Tensor& sums) {
  const at::Tensor table = sums.cpu().contiguous();
  const double* const sum = table.const_data_ptr<double>();
  const auto mean = [&](int64_t i) { return quotient(sum[i], sum[0]); };
  RetrievalScores scores{mean(1), mean(2), {}, {}, {}};
  for (int64_t i = 3; i + 2 < table.numel(); i += 3) {
    scores.recall.push_back(mean(i));
    scores.hit.push_back(mean(i + 1));
    scores.precision.push_back(mean(i + 2));
  }
  return scores;
}

}  // namespace millrace
