#include "millrace/eval/measures/topk.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

namespace millrace {

at::Tensor rank_of_label(const at::Tensor& scores, const at::Tensor& labels, Ties ties) {
  const at::Tensor column = labels.to(at::kLong).unsqueeze(1);  // libtorch 2.6 gathers by no other index
  const at::Tensor own = scores.gather(1, column);
  // "Not below" takes scores that are no numbers as being before; ties behind the label, and the label itself, are
  // taken out.
  const at::Tensor before = scores.lt(own).logical_not_();
  const at::Tensor classes = at::arange(scores.size(1), column.options()).unsqueeze(0);
  const at::Tensor behind = ties == Ties::lower_class ? classes.ge(column) : classes.le(column);
  const at::Tensor tied_behind = scores.eq(own).logical_and_(behind);
  return before.logical_and_(tied_behind.logical_not_()).sum(1);
}

at::Tensor topk_hits(const at::Tensor& scores, const at::Tensor& labels, std::span<const int64_t> ks,
                     std::span<const std::optional<double>> thrs, Ties ties) {
  const at::Tensor column = labels.to(at::kLong).unsqueeze(1);
  const at::Tensor rank = rank_of_label(scores, labels, ties);
  const at::Tensor own = scores.gather(1, column).squeeze(1);
  at::Tensor hits = at::zeros({static_cast<int64_t>(ks.size() * thrs.size())}, scores.options().dtype(at::kLong));
  int64_t at = 0;
  for (const int64_t k : ks) {
    const at::Tensor hit = rank.lt(k);
    for (const auto& thr : thrs) hits[at++] = (thr ? hit.logical_and(own.gt(*thr)) : hit).sum();
  }
  return hits;
}

}  // namespace millrace
