#pragma once

#include "millrace/nn/layer_kinds.h"

namespace millrace::nn {

/// Options of a residual block.
struct ResidualBlockOptions {
  int64_t in_channels, mid_channels, out_channels;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t groups = 1;
  bool stride_in_conv1 = false;  // of a Bottleneck: the stride is in conv1, as in Caffe; else in the 3x3 convolution
  double drop_path = 0;
  bool recompute = false;  // keep only the block's input for the backward pass
  Layer downsample{};      // applied to the input if the shape changes; empty: the input itself
};

/// Residual learning (He et al. 2015, arXiv 1512.03385):  y = relu(F(x) + downsample(x)).
///
/// x: (N, in_channels, H, W); y: (N, out_channels, H / stride, W / stride), rounded up. Convolutions have no bias. The
/// sum and the activations work in place, so an observer must read its tensors before the next call.
class ResidualBlock : public torch::nn::Module {
 public:
  at::Tensor forward(const at::Tensor& x);
  /// The last norm of F gets the weight 0: the block starts as its shortcut (Goyal et al. 2017, arXiv 1706.02677).
  void zero_last_norm();

 protected:
  explicit ResidualBlock(ResidualBlockOptions options) : options_(std::move(options)) {}
  /// Registers a convolution and its norm under the number in their names.
  void add(const Conv& conv, const Conv2dOptions& conv_options, const Norm& norm);
  /// After those of F.
  void add_shortcut();
  const ResidualBlockOptions& options() const { return options_; }

 private:
  at::Tensor sum(const at::Tensor& x);
  struct Step {
    Layer conv, norm;
  };
  ResidualBlockOptions options_;
  std::vector<Step> steps_;
  Layer drop_path_;
};

/// Two 3x3 convolutions; mid_channels equals out_channels.
///
/// Names  conv1, bn1, conv2, bn2, downsample
class BasicBlockImpl final : public ResidualBlock {
 public:
  BasicBlockImpl(ResidualBlockOptions options, const Conv& conv, const Norm& norm);
};
MILLRACE_MODULE(BasicBlock);

/// 1x1, 3x3 (with the groups and the dilation), 1x1.
///
/// Names  conv1, bn1, conv2, bn2, conv3, bn3, downsample
class BottleneckImpl final : public ResidualBlock {
 public:
  BottleneckImpl(ResidualBlockOptions options, const Conv& conv, const Norm& norm);
};
MILLRACE_MODULE(Bottleneck);

}  // namespace millrace::nn
