#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>

namespace millrace {

/// The most bytes that tensors on an accelerator took at once since the last call, and begins a new measurement: what
/// torch.cuda.max_memory_allocated() says. Nothing for the CPU, for a device that is not in use yet, and with a libtorch
/// before 2.9, which has no interface for it.
std::optional<int64_t> take_peak_memory_bytes(const c10::Device& device);

}  // namespace millrace
