#include "millrace/zoo/classification/metrics/rank.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/arange.h>
#include <fmt/format.h>

#include "millrace/base/error.h"

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

void check_labels(const at::Tensor& labels, int64_t classes, std::string_view owner) {
  if (!labels.is_cpu() || labels.numel() == 0) return;
  const auto [low, high] = at::aminmax(labels);
  const int64_t smallest = low.item<int64_t>(), largest = high.item<int64_t>();
  if (smallest >= 0 && largest < classes) return;
  throw Error(
      fmt::format("{} got the label {}, there are {} classes", owner, smallest < 0 ? smallest : largest, classes));
}

}  // namespace millrace::classification
