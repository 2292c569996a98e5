#include "millrace/eval/measures/ssim.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace {
namespace {

/// (window) float64, of sum 1.
at::Tensor window_weights(const SsimOptions& options, const at::TensorOptions& like) {
  if (options.sigma == 0) return at::full({options.window}, 1.0 / static_cast<double>(options.window), like);
  const at::Tensor place = at::arange(options.window, like) - static_cast<double>(options.window / 2);
  const at::Tensor weights = (place.square() / (-2 * options.sigma * options.sigma)).exp();
  return weights / weights.sum();
}

/// The weighted mean under the window at each place of it: (C, 1, H, W) to (C, 1, H - window + 1, W - window + 1).
at::Tensor mean_under(const at::Tensor& image, const at::Tensor& weights) {
  return at::conv2d(at::conv2d(image, weights.view({1, 1, -1, 1})), weights.view({1, 1, 1, -1}));
}

}  // namespace

std::vector<double> ssim(const at::Tensor& a, const at::Tensor& b, const SsimOptions& options) {
  if (std::min(a.size(1), a.size(2)) < options.window)
    throw Error(fmt::format("SSIM has a window of {0} x {0} pixels, the image has {1} x {2}", options.window, a.size(1),
                            a.size(2)));
  const at::Tensor x = a.to(at::kDouble).unsqueeze(1), y = b.to(at::kDouble).unsqueeze(1);
  const at::Tensor weights = window_weights(options, x.options());
  const at::Tensor mx = mean_under(x, weights), my = mean_under(y, weights);
  const auto pixels = static_cast<double>(options.window * options.window);
  const double norm = options.sample_covariance ? pixels / (pixels - 1) : 1;
  const at::Tensor vx = (mean_under(x * x, weights) - mx * mx) * norm,
                   vy = (mean_under(y * y, weights) - my * my) * norm,
                   vxy = (mean_under(x * y, weights) - mx * my) * norm;
  const double c1 = options.k1 * options.data_range * options.k1 * options.data_range,
               c2 = options.k2 * options.data_range * options.k2 * options.data_range;
  const at::Tensor similarity = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
  const at::Tensor means = similarity.mean({1, 2, 3}).cpu().contiguous();
  return {means.const_data_ptr<double>(), means.const_data_ptr<double>() + means.numel()};
}

}  // namespace millrace
