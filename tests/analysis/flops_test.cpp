#include "millrace/analysis/flops.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/bilinear.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/grid_sampler.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/rnn.h>

#include <string>
#include <vector>

#include "millrace/analysis/operator_observer.h"
#include "millrace/nn/layers.h"

namespace millrace {
namespace {

/// Adds up, and notes who was seen.
struct Counter : OperatorObserver {
  void after_operator(const Call& call) override {
    sum += call.flops.value_or(0);
    (call.flops ? counted : others).emplace_back(call.name);
  }
  int64_t sum = 0;
  std::vector<std::string> counted, others;
};

template <class Run>
Counter counted(const Run& run) {
  Counter counter;
  const OperatorObserver::Scope scope(counter);
  run();
  return counter;
}

template <class Layer>
int64_t flops_of(Layer layer, const at::Tensor& input, bool training = false) {
  layer->train(training);
  return counted([&] { layer(input); }).sum;
}

TEST(Flops, OfAConvolutionAreItsWeightAtEachPlaceOfTheOutput) {
  // 2 images, 5x7 with stride 2 and padding 1 is 3x4 places; 8 x 6/2 x 3 x 3 weights.
  const nn::Conv2d conv(nn::Conv2dOptions(6, 8, 3).stride(2).padding(1).groups(2));
  EXPECT_EQ(flops_of(conv, at::ones({2, 6, 5, 7})), 2 * 3 * 4 * (8 * 3 * 9));
}

TEST(Flops, OfATransposedConvolutionGoByTheInput) {
  const nn::ConvTranspose2d conv(nn::ConvTranspose2dOptions(4, 3, 2).stride(2));
  EXPECT_EQ(flops_of(conv, at::ones({1, 4, 5, 5})), 5 * 5 * (4 * 3 * 2 * 2));
}

TEST(Flops, OfALinearLayerAreItsWeightForEachRow) {
  EXPECT_EQ(flops_of(nn::Linear(10, 4), at::ones({3, 5, 10})), 3 * 5 * 10 * 4);
}

TEST(Flops, OfNormsGoByMode) {
  const at::Tensor image = at::ones({2, 4, 3, 3});
  EXPECT_EQ(flops_of(nn::BatchNorm2d(4), image), 2 * 72);
  EXPECT_EQ(flops_of(nn::BatchNorm2d(4), image, /*training=*/true), 5 * 72);
  EXPECT_EQ(flops_of(nn::BatchNorm2d(nn::BatchNormOptions(4).affine(false)), image), 72);
  EXPECT_EQ(flops_of(nn::GroupNorm(nn::GroupNormOptions(2, 4)), image), 5 * 72);
  EXPECT_EQ(flops_of(nn::LayerNorm(nn::LayerNormOptions({3}).elementwise_affine(false)), image), 4 * 72);
}

TEST(Flops, OfPoolsAndActivationsAreFewOrNone) {
  const at::Tensor image = at::ones({2, 4, 3, 3});
  EXPECT_EQ(flops_of(nn::AdaptiveAvgPool2d(1), image), 72);
  EXPECT_EQ(flops_of(nn::MaxPool2d(2), image), 0);
  EXPECT_EQ(flops_of(nn::ReLU(), image), 0);
}

TEST(Flops, OfProductsAreTheColumnsForEachElementOfTheLeft) {
  const auto flops = [](const auto& run) { return counted(run).sum; };
  const at::Tensor a = at::ones({3, 4}), b = at::ones({4, 5});
  EXPECT_EQ(flops([&] { at::mm(a, b); }), 3 * 4 * 5);
  EXPECT_EQ(flops([&] { at::addmm(at::ones({5}), a, b); }), 3 * 4 * 5);
  EXPECT_EQ(flops([&] { at::mv(a, at::ones({4})); }), 3 * 4);
  EXPECT_EQ(flops([&] { at::matmul(at::ones({2, 3, 4}), at::ones({2, 4, 5})); }), 2 * 3 * 4 * 5);
  EXPECT_EQ(flops([&] { at::einsum("bij,bkj->bik", {at::ones({2, 3, 4}), at::ones({2, 5, 4})}); }), 2 * 3 * 4 * 5);
  const at::Tensor query = at::ones({2, 3, 6, 8}), key = at::ones({2, 3, 7, 8}), value = at::ones({2, 3, 7, 9});
  EXPECT_EQ(flops([&] { at::scaled_dot_product_attention(query, key, value); }), 2 * 3 * 6 * 7 * (8 + 9));
}

/// Each rule of the table that no layer above has taken, against its line of flops.h.
TEST(Flops, OfTheOtherOperatorsFollowTheTable) {
  const auto flops = [](const auto& run) { return counted(run).sum; };
  const at::Tensor image = at::ones({2, 4, 3, 5}), affine = at::ones({4});
  EXPECT_EQ(flops([&] { at::upsample_nearest2d(image, {6, 10}, {}, {}); }), 2 * 4 * 6 * 10);
  EXPECT_EQ(flops([&] { at::upsample_bilinear2d(image, {6, 10}, false, {}, {}); }), 4 * 2 * 4 * 6 * 10);
  EXPECT_EQ(flops([&] { at::grid_sampler(image, at::zeros({2, 7, 6, 2}), 0, 0, false); }), 4 * 2 * 4 * 7 * 6);
  EXPECT_EQ(flops([&] { at::instance_norm(image, affine, affine, {}, {}, true, 0.1, 1e-5, false); }), 5 * 120);
  EXPECT_EQ(flops([&] { at::bilinear(at::ones({3, 4}), at::ones({3, 5}), at::ones({6, 4, 5}), {}); }), 3 * 6 * 4 * 5);
  EXPECT_EQ(flops([&] { at::embedding(at::ones({9, 3}), at::zeros({7}, at::kLong)); }), 0);
  EXPECT_EQ(flops([&] {
              torch::nn::GRU gru(torch::nn::GRUOptions(6, 5));  // 3 gates
              gru->forward(at::ones({4, 2, 6}));
            }),
            4 * 2 * 3 * 5 * (6 + 5));
}

TEST(OperatorObserver, SeesOneCallOfALayerAndNothingOfWhatItCalls) {
  nn::Conv2d layer(nn::Conv2dOptions(3, 4, 3));
  const at::Tensor image = at::zeros({1, 3, 8, 8});
  const Counter counter = counted([&] { layer(image).relu(); });
  EXPECT_THAT(counter.counted, testing::ElementsAre("aten::convolution"));
  EXPECT_THAT(counter.others, testing::IsSupersetOf({"aten::conv2d", "aten::relu"}));
  EXPECT_THAT(counter.others, testing::Not(testing::Contains(testing::HasSubstr("_convolution"))));
}

TEST(OperatorObserver, EndsWithItsScopeAndGivesWayToAnInnerOne) {
  const at::Tensor a = at::ones({2, 2});
  Counter outer, inner;
  {
    const OperatorObserver::Scope first(outer);
    at::mm(a, a);
    {
      const OperatorObserver::Scope second(inner);
      at::mm(a, a);
    }
    EXPECT_THROW(at::mm(a, at::ones({3, 3})), c10::Error);
    at::mm(a, a);
  }
  at::mm(a, a);
  EXPECT_EQ(inner.sum, 8);
  EXPECT_EQ(outer.sum, 2 * 8) << "or the operator that failed is taken for one that still runs";
}

}  // namespace
}  // namespace millrace
