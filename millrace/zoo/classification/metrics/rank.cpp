#include "millrace/zoo/classification/metrics/rank.h"

#include <ATen/ops/arange.h>

namespace millrace::classification {

at::Tensor rank_of_label(const at::Tensor& scores, const at::Tensor& labels) {
  const at::Tensor column = labels.to(at::kLong).unsqueeze(1);  // libtorch 2.6 gathers by no other index
  const at::Tensor own = scores.gather(1, column);
  // "Not below" takes scores that are no numbers as being before; ties behind the label, and the label itself, are
  // taken out.
  const at::Tensor before = scores.lt(own).logical_not_();
  const at::Tensor tied_behind =
      scores.eq(own).logical_and_(at::arange(scores.size(1), column.options()).unsqueeze(0).ge(column));
  return before.logical_and_(tied_behind.logical_not_()).sum(1);
}

}  // namespace millrace::classification
