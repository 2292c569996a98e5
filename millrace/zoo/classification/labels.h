#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::classification {

/// The label of a row that a loss leaves out.
constexpr int64_t kIgnoredLabel = -100;

/// Throws Error "Accuracy got the label 12, there are 10 classes: 0 to 9" if a label lies outside [0, classes) and is
/// not `ignored`. Looks at labels on the CPU alone: elsewhere it would wait for the device, whose kernels end the run
/// at such a label.
void check_labels(const at::Tensor& labels, int64_t classes, std::string_view owner,
                  std::optional<int64_t> ignored = std::nullopt);

}  // namespace millrace::classification
