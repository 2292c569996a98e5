#include "millrace/tensor/unfilled.h"

#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <torch/nn/modules/linear.h>

#include "millrace/base/error.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

int64_t resident_peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(UnfilledTensors, TouchNeitherMemoryNorTheGenerator) {
  const at::Tensor random = generator_state();
  const int64_t before = resident_peak_kib();
  {
    const UnfilledTensors unfilled;
    const torch::nn::Linear large(1 << 15, 1 << 14);  // 2 GiB
    EXPECT_EQ(large->weight.numel(), int64_t{1} << 29);
    EXPECT_TRUE(large->weight.requires_grad());
    const at::Tensor zeros = at::zeros({1 << 28});  // 1 GiB
    EXPECT_EQ(zeros.numel(), 1 << 28);
  }
  EXPECT_LT(resident_peak_kib() - before, 100 * 1024);
  EXPECT_TRUE(random.equal(generator_state()));
}

TEST(UnfilledTensors, KeepWhatAConstructorMayRead) {
  const UnfilledTensors unfilled;
  EXPECT_EQ(at::full({4}, 3.5).sum().item<double>(), 14);
  EXPECT_EQ(at::zeros({1024}).abs().sum().item<double>(), 0);
  EXPECT_TRUE(at::tensor({1, 2, 3}).equal(at::tensor({1, 2, 3})));
}

TEST(UnfilledTensors, EndWithTheirScope) {
  { const UnfilledTensors unfilled({.tensors = 1}); }
  seed_generators(3);
  const torch::nn::Linear one(100, 100);
  seed_generators(3);
  const torch::nn::Linear two(100, 100);
  EXPECT_TRUE(one->weight.equal(two->weight));
  EXPECT_GT(one->weight.std().item<double>(), 0.01);
}

TEST(UnfilledTensors, StopAtTheirLimit) {
  {
    const UnfilledTensors unfilled({.bytes = 1000});
    at::zeros({100});
    EXPECT_FALSE(unfilled.exceeded());
    EXPECT_THROW(at::zeros({200}), Error);
    EXPECT_TRUE(unfilled.exceeded());
  }
  {
    const UnfilledTensors unfilled({.bytes = INT64_MAX});
    EXPECT_ANY_THROW(at::zeros({INT64_MAX / 2, 16}));  // more bytes than an integer counts
    EXPECT_TRUE(unfilled.exceeded());
  }
  const UnfilledTensors unfilled({.tensors = 2});
  at::zeros({1});
  at::zeros({1});
  EXPECT_THROW(at::zeros({1}), Error);
}

}  // namespace
}  // namespace millrace
