#include "millrace/tensor/operators.h"

#include <ATen/ops/empty_like.h>

namespace at::millrace_operators {

Tensor filled_like(const Tensor& like, const Scalar& number) {
  return at::empty_like(like, at::MemoryFormat::Preserve).fill_(number);
}

}  // namespace at::millrace_operators
