#include "millrace/eval/sums.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/base/error.h"

namespace millrace {

void add_to_sum(at::Tensor& sum, const State& partial) {
  if (partial.is_none()) return;
  const at::Tensor& other = partial.tensor();
  if (!sum.defined()) {
    sum = other.clone();
    return;
  }
  if (sum.sizes() != other.sizes())
    throw Error(fmt::format("two ranks sum up tensors of different shapes: ({}) and ({})", fmt::join(sum.sizes(), ", "),
                            fmt::join(other.sizes(), ", ")));
  sum.add_(other.to(sum.device()));
}

}  // namespace millrace
