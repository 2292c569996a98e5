#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

namespace millrace {

/// Settings that libtorch keeps once per process. The library changes them only when you ask it to; the command does.
struct ProcessOptions {
  std::optional<int> threads;  // for each operator; absent: default_threads() of base/cpu_count.h
  bool deterministic = false;  // only deterministic kernels; slower on CUDA
  bool cudnn_benchmark = false;
};
void configure_process(const ProcessOptions& options);

/// Threads that an operator uses.
int operator_threads();

/// The instruction set that kernels use: "AVX512", "AVX2", "DEFAULT", "SVE256", with " AVX512_BF16" and " AMX" if the
/// processor has them and the kernels may use them.
std::string instruction_set();

/// The version of the loaded libtorch: "2.13.0".
std::string torch_version();

/// Seeds the default generators of all devices.
void seed_generators(uint64_t seed);
/// 64 random bits of the default CPU generator.
uint64_t drawn_bits();
/// The default CPU generator as a byte tensor, as torch.get_rng_state() gives it.
at::Tensor generator_state();
void set_generator_state(const at::Tensor& state);

}  // namespace millrace
