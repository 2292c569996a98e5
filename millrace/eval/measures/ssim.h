#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace millrace {

/// The structural similarity of two images (Wang et al. 2004, equation 13), over the places where the window lies
/// inside of the image:
///
///     SSIM = mean of (2 m_a m_b + C1) (2 v_ab + C2) / ((m_a^2 + m_b^2 + C1) (v_a + v_b + C2))
///     C1 = (k1 data_range)^2,  C2 = (k2 data_range)^2
///
/// m and v: means, variances and covariance under the window. All in float64.
struct SsimOptions {
  double data_range = 255;
  double k1 = 0.01, k2 = 0.03;
  int64_t window = 11;             // pixels, odd
  double sigma = 1.5;              // of a Gaussian window, pixels; 0: every pixel of the window has the same weight
  bool sample_covariance = false;  // variances divide by n - 1, not n, for n = window^2
};

/// One value for each channel. a, b (C, H, W), any dtype, on one device. Throws Error if the image is smaller than the
/// window.
std::vector<double> ssim(const at::Tensor& a, const at::Tensor& b, const SsimOptions& options);

}  // namespace millrace
