#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace millrace {

/// Labels of one image, which may have several: two forms of the same, as MMEngine's LabelData turns them. In a batch a
/// column of labels is (N) int64 where each row has one, Ragged where it is written by set_rows.

/// label: (k) int64 from 0 to num_classes - 1.  Gives (num_classes) int64, 1 for each class that is there, else 0.
at::Tensor label_to_onehot(const at::Tensor& label, int64_t num_classes);

/// onehot: (num_classes) of any kind of number, all 0 or 1.  Gives the places of the ones, int64, in order.
at::Tensor onehot_to_label(const at::Tensor& onehot);

}  // namespace millrace
