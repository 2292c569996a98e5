#include "millrace/eval/measures/psnr.h"

#include <ATen/TensorOperators.h>

#include <cmath>

namespace millrace {

double psnr(const at::Tensor& a, const at::Tensor& b, double data_range) {
  const auto error = (a.to(at::kDouble) - b.to(at::kDouble)).square().mean().item<double>();
  return 10 * std::log10(data_range * data_range / error);
}

}  // namespace millrace
