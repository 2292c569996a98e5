#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace millrace {

/// Ten sums over the pixels with `min_depth < t < max_depth`, (10) float64 on the device of the depths: pixels,
/// |p - t| / t, (p - t)^2 / t, (p - t)^2, l^2, l, |log10 p - log10 t|, and the pixels with max(p / t, t / p) below 1.25,
/// 1.25^2 and 1.25^3, where l = ln p - ln t. Predictions are clipped to [min_depth, max_depth] first.
///
/// predictions, depths: one shape, metres. Sums of several batches are added.
at::Tensor depth_sums(const at::Tensor& predictions, const at::Tensor& depths, double min_depth, double max_depth);

/// The errors of Eigen et al. 2014 (section 4.1) from the sums: means over the valid pixels.
///
///     abs_rel  |p - t| / t       rmse      sqrt((p - t)^2)       silog    sqrt(mean of l^2 - (mean of l)^2)
///     sq_rel   (p - t)^2 / t     rmse_log  sqrt(l^2)             log10    |log10 p - log10 t|
///     delta_i  the share of pixels with max(p / t, t / p) < 1.25^i
///
/// Undefined (nan) without valid pixels.
struct DepthErrors {
  double abs_rel, sq_rel, rmse, rmse_log, log10, silog, delta1, delta2, delta3;
  int64_t valid;  // pixels
};
DepthErrors depth_errors(const at::Tensor& sums);

}  // namespace millrace
