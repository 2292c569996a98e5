#include "millrace/structures/label_data.h"

#include <ATen/ops/nonzero.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {

at::Tensor label_to_onehot(const at::Tensor& label, int64_t num_classes) {
  if (num_classes < 0) throw Error(fmt::format("there can't be {} classes", num_classes));
  if (!label.defined() || label.dim() != 1 || label.scalar_type() != at::kLong) throw Error("labels are (k) int64");
  if (label.numel() > 0 && (label.min().item<int64_t>() < 0 || label.max().item<int64_t>() >= num_classes))
    throw Error(fmt::format("labels from {} to {} for {} classes", label.min().item<int64_t>(),
                            label.max().item<int64_t>(), num_classes));
  at::Tensor onehot = at::zeros({num_classes}, label.options());
  return onehot.index_fill_(0, label, 1);
}

at::Tensor onehot_to_label(const at::Tensor& onehot) {
  if (!onehot.defined()) throw Error("a one-hot label is an undefined tensor");
  if (onehot.dim() != 1) throw Error(fmt::format("a one-hot label has one dimension, not {}", onehot.dim()));
  if (onehot.logical_not().logical_or(onehot.eq(1)).all().item<bool>())
    return at::nonzero(onehot).select(1, 0).contiguous();
  throw Error("a one-hot label may contain only 0 and 1");
}

}  // namespace millrace
