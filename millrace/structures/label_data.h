#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace millrace {

/// Converts between two forms of the labels of one image, which may have several, like MMEngine's LabelData. In a batch
/// a column of labels is (N) int64 with one label per row, or Ragged if set_rows wrote it.

/// label: (k) int64 from 0 to num_classes - 1.  Gives (num_classes) int64, 1 for each class in `label`, else 0.
at::Tensor label_to_onehot(const at::Tensor& label, int64_t num_classes);

/// onehot: (num_classes), any dtype, all 0 or 1.  Gives the places of the ones, int64, in order.
at::Tensor onehot_to_label(const at::Tensor& onehot);

}  // namespace millrace
