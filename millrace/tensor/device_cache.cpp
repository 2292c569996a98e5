#include "millrace/tensor/device_cache.h"

#include <torch/version.h>

#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 9
#include <c10/core/CachingDeviceAllocator.h>
#define MILLRACE_TORCH_EMPTIES_CACHES 1
#endif

namespace millrace {

bool empty_device_cache(const c10::Device& device) {
  if (device.is_cpu()) return true;
#ifdef MILLRACE_TORCH_EMPTIES_CACHES
  auto* const allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (!allocator) return false;
  if (allocator->initialized()) allocator->emptyCache();
  return true;
#else
  return false;
#endif
}

}  // namespace millrace
