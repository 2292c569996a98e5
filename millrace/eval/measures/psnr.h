#pragma once

#include <ATen/core/Tensor.h>

namespace millrace {

/// The peak signal-to-noise ratio of two images in dB:  10 log10(data_range^2 / mean((a - b)^2)).
///
/// a, b: one shape, any dtype and device. Equal images give infinity; images without pixels are undefined (nan).
double psnr(const at::Tensor& a, const at::Tensor& b, double data_range);

}  // namespace millrace
