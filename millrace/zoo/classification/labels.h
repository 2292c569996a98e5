#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "millrace/tensor/state.h"

namespace millrace::classification {

/// The label of a row that a loss leaves out.
constexpr int64_t kIgnoredLabel = -100;

/// Throws Error "Accuracy got the label 12, there are 10 classes: 0 to 9" if a label lies outside [0, classes) and is
/// not `ignored`. Looks at labels on the CPU alone: elsewhere it would wait for the device, whose kernels end the run
/// at such a label.
void check_labels(const at::Tensor& labels, int64_t classes, std::string_view owner,
                  std::optional<int64_t> ignored = std::nullopt);

/// How many classes the data name in their facts ("classes"); 0 if they name none.
int64_t named_classes(const State& dataset_meta);

/// Throws Error "Accuracy got scores of 12 classes, and the data name 10" if there are more than named; 0 named: nobody
/// knows.
void check_named(int64_t classes, int64_t named, std::string_view owner);

}  // namespace millrace::classification
