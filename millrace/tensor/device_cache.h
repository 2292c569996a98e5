#pragma once

#include <c10/core/Device.h>

namespace millrace {

/// Gives the memory that libtorch keeps of a device, but does not use, back to it. False where it can't: libtorch has had
/// a call for all devices since 2.9. On a CPU nothing is kept.
bool empty_device_cache(const c10::Device& device);

}  // namespace millrace
