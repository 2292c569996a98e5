#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "millrace/nn/module_view.h"

namespace millrace {

/// The fill `hash` of tests/golden/README.md, "Numerics".
///
/// Numbers u(k, 0), u(k, 1), … in [-1, 1) of the given shape, float64.
at::Tensor hash_numbers(int64_t k, const std::vector<int64_t>& shape);
/// Sets every entry of the state dict: counters of batches to 0.
void hash_fill(const ModuleView& network);
/// Images (2, channels, size, size), float64.
at::Tensor hash_images(int64_t channels, int64_t size);

}  // namespace millrace
