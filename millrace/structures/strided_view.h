#pragma once

#include <ATen/core/Tensor.h>

namespace millrace {

/// A view of a tensor's memory, as `base.as_strided(sizes, strides, offset)`, without ATen's operators: three of them
/// cost a small image more than all that is done to its pixels. One that needs a gradient takes the operator.
at::Tensor strided_view(const at::Tensor& base, at::IntArrayRef sizes, at::IntArrayRef strides, int64_t offset);

/// rows: (N, …). What rows.select(0, i) gives; 0 <= i < N.
at::Tensor row_view(const at::Tensor& rows, int64_t i);

/// (H, W, C) or (H, W) as (C, H, W).
at::Tensor planes_view(const at::Tensor& image);

}  // namespace millrace
