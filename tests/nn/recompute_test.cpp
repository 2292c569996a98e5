#include "millrace/nn/recompute.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include "millrace/nn/drop_path.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/module_view.h"
#include "millrace/tensor/process.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

/// Convolution, batch norm, dropped paths: weights, running statistics and random numbers.
struct RecomputedPart : torch::nn::Module {
  at::Tensor forward(const at::Tensor& x) { return drop(bn(conv(x)).relu()); }
  nn::Conv2d conv = register_module("conv", nn::Conv2d(3, 4, 3));
  nn::BatchNorm2d bn = register_module("bn", nn::BatchNorm2d(4));
  nn::DropPath drop = register_module("drop", nn::DropPath(0.5));
};

/// Everything that a forward and a backward pass leave behind.
std::vector<at::Tensor> traces_of(bool recomputed, bool autocast) {
  seed_generators(1);
  RecomputedPart part;
  const at::Tensor x = at::rand({8, 3, 6, 6}).requires_grad_();
  at::autocast::set_autocast_enabled(at::kCPU, autocast);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  const auto run = [&](const at::Tensor& input) { return part.forward(input); };
  const at::Tensor y = recomputed ? nn::recompute(run, x) : run(x);
  at::autocast::set_autocast_enabled(at::kCPU, false);
  if (autocast) at::autocast::clear_cache();
  y.to(at::kFloat).square().sum().backward();
  std::vector<at::Tensor> traces{y.detach(), x.grad(), at::rand({3})};
  for (const auto& param : view_of(part).all_params()) traces.push_back(param.tensor.grad());
  for (const auto& buffer : part.buffers()) traces.push_back(buffer);
  return traces;
}

TEST(Recompute, ChangesNoBitOfAStep) {
  for (const bool autocast : {false, true}) {
    const auto plain = traces_of(false, autocast), again = traces_of(true, autocast);
    ASSERT_EQ(plain.size(), again.size());
    for (size_t i = 0; i < plain.size(); ++i) EXPECT_THAT(again[i], SameTensor(plain[i])) << i << autocast;
  }
}

TEST(Recompute, IsAPlainCallWhereNoGradientIsWanted) {
  int calls = 0;
  const auto count = [&](const at::Tensor& x) { return ++calls, x * 2; };
  const at::Tensor x = at::rand({3});
  EXPECT_THAT(nn::recompute(count, x), SameTensor(x * 2));
  EXPECT_EQ(calls, 1);
}

TEST(Recompute, RunsTheFunctionAgainForTheBackwardPass) {
  int calls = 0;
  std::vector<bool> second;
  const at::Tensor x = at::rand({3}).requires_grad_();
  const at::Tensor y = nn::recompute(
      [&](const at::Tensor& input) {
        ++calls;
        second.push_back(nn::is_recomputing());
        return input * input;
      },
      x);
  y.sum().backward();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(second, (std::vector<bool>{false, true}));
  EXPECT_THAT(x.grad(), SameTensor(2 * x.detach()));
}

}  // namespace
}  // namespace millrace
