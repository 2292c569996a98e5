#pragma once

#include "millrace/nn/resnet_body.h"

namespace millrace::nn {

/// A residual network with its linear layer, from images to scores, for your own programs. Parameters have
/// torchvision's names.
///
///     using Options = nn::ResNetClassifierImpl::Options;
///     nn::ResNetClassifier large(Options{.depth = 50});                                            // torchvision's
///     nn::ResNetClassifier small(Options{.depth = 20, .num_classes = 10, .small_images = true});   // for CIFAR-10
///     at::Tensor scores = small(images);
///
/// Takes   (N, in_channels, H, W) float
/// Gives   (N, num_classes), before the softmax
/// Names   conv1, bn1, layer1.0.conv1, …, fc
/// Throws  Error for an unknown depth
///
/// Initial weights are drawn from the default generator when it is made, as torchvision draws them: convolutions from a
/// normal of fan_out, norms 1 and 0.
class ResNetClassifierImpl final : public torch::nn::Module {
 public:
  struct Options {
    int64_t depth;  // 18, 34, 50, 101, 152; with small_images 20, 32, 44, 56, 110, too
    int64_t num_classes = 1000;
    bool small_images = false;  // of 32 pixels: a 3x3 stem without pooling
    int64_t in_channels = 3;
    bool zero_init_residual = false;  // blocks start as their shortcuts
  };
  explicit ResNetClassifierImpl(const Options& options);
  at::Tensor forward(const at::Tensor& x);

 private:
  ResNetBody body_;
  Linear fc_;
};
MILLRACE_MODULE(ResNetClassifier);

}  // namespace millrace::nn
