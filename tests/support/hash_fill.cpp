#include "tests/support/hash_fill.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cmath>

namespace millrace {

at::Tensor hash_numbers(int64_t k, const std::vector<int64_t>& shape) {
  const at::Tensor numbers = at::empty(shape, at::kDouble);
  auto* const out = numbers.mutable_data_ptr<double>();
  for (int64_t i = 0; i < numbers.numel(); ++i) {
    uint64_t z = (static_cast<uint64_t>(k) << 40) + static_cast<uint64_t>(i) + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z = z ^ (z >> 31);
    out[i] = std::ldexp(static_cast<double>(z >> 11), -52) - 1;
  }
  return numbers;
}

void hash_fill(const ModuleView& network) {
  const at::NoGradGuard no_grad;
  int64_t k = 0;
  for (const ModuleView::Named& entry : network.state()) {
    // libtorch's `to(dtype)` turns these counters into floats.
    if (entry.name.ends_with("num_batches_tracked")) {
      entry.tensor.zero_();
      continue;
    }
    at::Tensor numbers = hash_numbers(k++, entry.tensor.sizes().vec());
    if (numbers.dim() > 1) numbers *= std::sqrt(6.0 / static_cast<double>(numbers[0].numel()));
    else if (entry.name.ends_with("weight") || entry.name.ends_with("running_var")) numbers = 1 + 0.1 * numbers;
    else numbers *= 0.01;
    entry.tensor.copy_(numbers);
  }
}

at::Tensor hash_images(int64_t channels, int64_t size) { return hash_numbers(1 << 20, {2, channels, size, size}); }

}  // namespace millrace
