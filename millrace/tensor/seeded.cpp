#include "millrace/tensor/seeded.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace millrace {

bool is_seeded() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return generator.current_seed() < (uint64_t{1} << 32U);
}

}  // namespace millrace
