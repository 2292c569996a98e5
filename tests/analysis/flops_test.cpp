#include "millrace/analysis/flops.h"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "millrace/nn/layers.h"

namespace millrace {
namespace {

template <class Layer>
std::optional<int64_t> flops_of(Layer layer, const at::Tensor& input, bool training = false) {
  layer->train(training);
  const std::vector<at::Tensor> inputs = {input}, outputs = {layer(input)};
  return flops_of_call(*layer, inputs, outputs);
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

struct ScaleImpl : torch::nn::Module {
  at::Tensor forward(const at::Tensor& x) { return x * weight_; }
  at::Tensor weight_ = register_parameter("weight", at::ones({1}));
};
MILLRACE_MODULE(Scale);

TEST(Flops, OfALayerThatNobodyKnowsAreNotKnown) { EXPECT_EQ(flops_of(Scale(), at::ones({3})), std::nullopt); }

}  // namespace
}  // namespace millrace
