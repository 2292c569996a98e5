#include "millrace/tensor/device_memory.h"

#include <torch/version.h>

#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 9
#include <c10/core/CachingDeviceAllocator.h>
#endif

namespace millrace {

#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 9

std::optional<int64_t> take_peak_memory_bytes(const c10::Device& device) {
  if (device.is_cpu()) return std::nullopt;
  auto* const allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (!allocator || !allocator->initialized()) return std::nullopt;
  const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
  constexpr auto kAll = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const int64_t peak = allocator->getDeviceStats(index).allocated_bytes[kAll].peak;
  allocator->resetPeakStats(index);
  return peak;
}

#else

std::optional<int64_t> take_peak_memory_bytes(const c10::Device&) { return std::nullopt; }

#endif

}  // namespace millrace
