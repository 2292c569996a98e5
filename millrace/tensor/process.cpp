#include "millrace/tensor/process.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <mutex>

#include "millrace/base/cpu_count.h"

namespace millrace {

void configure_process(const ProcessOptions& options) {
  at::set_num_threads(options.threads.value_or(default_threads()));
  at::globalContext().setBenchmarkCuDNN(options.cudnn_benchmark && !options.deterministic);
  at::globalContext().setDeterministicCuDNN(options.deterministic);
  at::globalContext().setDeterministicAlgorithms(options.deterministic, /*warn_only=*/false);
}

int operator_threads() { return at::get_num_threads(); }

std::string instruction_set() {
  std::string name = at::get_cpu_capability();
#if defined(__x86_64__)
  // Read from the processor: libtorch's own list of features differs from release to release.
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (name == "AVX512" && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1)) name += " AVX512_BF16";
  if (name.starts_with("AVX512") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1)) name += " AMX";
#endif
  return name;
}

std::string torch_version() { return TORCH_VERSION; }

void seed_generators(uint64_t seed) {
  auto generator = at::detail::getDefaultCPUGenerator();
  {
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(seed);
  }
  if (at::hasCUDA()) {
    for (c10::DeviceIndex i = 0; i < static_cast<c10::DeviceIndex>(at::getNumGPUs()); ++i) {
      auto cuda = at::globalContext().defaultGenerator(at::Device(at::kCUDA, i));
      const std::lock_guard lock(cuda.mutex());
      cuda.set_current_seed(seed);
    }
  }
}

uint64_t drawn_bits() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

at::Tensor generator_state() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return generator.get_state();
}

void set_generator_state(const at::Tensor& state) {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state);
}

}  // namespace millrace
