#include "millrace/tensor/device_memory.h"

#include <ATen/Context.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(PeakMemory, OfTheCpuIsNotKnown) { EXPECT_FALSE(take_peak_memory_bytes(c10::Device(c10::kCPU)).has_value()); }

TEST(PeakMemory, IsMeasuredAnewAfterEachCall) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no GPU";
  const c10::Device device(c10::kCUDA, 0);
  at::zeros({1}, device);
  const auto before = take_peak_memory_bytes(device);
  if (!before) GTEST_SKIP() << "libtorch before 2.9";
  { const at::Tensor large = at::zeros({64 << 20}, at::TensorOptions(device).dtype(at::kByte)); }
  EXPECT_GE(*take_peak_memory_bytes(device), int64_t{64} << 20);
  EXPECT_LT(*take_peak_memory_bytes(device), int64_t{64} << 20);
}

}  // namespace
}  // namespace millrace
