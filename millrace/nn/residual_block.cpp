#include "millrace/nn/residual_block.h"

#include <ATen/ops/relu.h>

#include "millrace/nn/drop_path.h"
#include "millrace/nn/init.h"
#include "millrace/nn/recompute.h"

namespace millrace::nn {
namespace {

Conv2dOptions kernel_1x1(int64_t in, int64_t out, int64_t stride) {
  return Conv2dOptions(in, out, 1).stride(stride).bias(false);
}

Conv2dOptions kernel_3x3(int64_t in, int64_t out, int64_t stride, int64_t dilation, int64_t groups) {
  return Conv2dOptions(in, out, 3).stride(stride).padding(dilation).dilation(dilation).groups(groups).bias(false);
}

}  // namespace

void ResidualBlock::add(const Conv& conv, const Conv2dOptions& conv_options, const Norm& norm) {
  const std::string number = std::to_string(steps_.size() + 1);
  Step step{conv.make(conv_options), norm.make(conv_options.out_channels())};
  register_module("conv" + number, step.conv.module());
  register_module(norm.prefix() + number, step.norm.module());
  steps_.push_back(std::move(step));
}

void ResidualBlock::add_shortcut() {
  if (options_.downsample) register_module("downsample", options_.downsample.module());
  if (options_.drop_path == 0) return;
  const DropPath drop_path(options_.drop_path);
  register_module("drop_path", drop_path);
  drop_path_ = drop_path;
}

at::Tensor ResidualBlock::sum(const at::Tensor& x) {
  at::Tensor y = x;
  for (size_t i = 0; i < steps_.size(); ++i) {
    y = steps_[i].norm(steps_[i].conv(y));
    if (i + 1 < steps_.size()) y.relu_();
  }
  if (drop_path_) y = drop_path_(y);
  return y.add_(options_.downsample ? options_.downsample(x) : x);
}

at::Tensor ResidualBlock::forward(const at::Tensor& x) {
  if (!options_.recompute) return sum(x).relu_();
  const auto self = std::static_pointer_cast<ResidualBlock>(shared_from_this());
  return recompute([self](const at::Tensor& input) { return self->sum(input); }, x).relu_();
}

void ResidualBlock::zero_last_norm() { init::constant_(steps_.back().norm.module()->named_parameters()["weight"], 0); }

BasicBlockImpl::BasicBlockImpl(ResidualBlockOptions given, const Conv& conv, const Norm& norm)
    : ResidualBlock(std::move(given)) {
  const ResidualBlockOptions& o = options();
  add(conv, kernel_3x3(o.in_channels, o.out_channels, o.stride, o.dilation, 1), norm);
  add(conv, kernel_3x3(o.out_channels, o.out_channels, 1, 1, 1), norm);
  add_shortcut();
}

BottleneckImpl::BottleneckImpl(ResidualBlockOptions given, const Conv& conv, const Norm& norm)
    : ResidualBlock(std::move(given)) {
  const ResidualBlockOptions& o = options();
  add(conv, kernel_1x1(o.in_channels, o.mid_channels, o.stride_in_conv1 ? o.stride : 1), norm);
  add(conv, kernel_3x3(o.mid_channels, o.mid_channels, o.stride_in_conv1 ? 1 : o.stride, o.dilation, o.groups), norm);
  add(conv, kernel_1x1(o.mid_channels, o.out_channels, 1), norm);
  add_shortcut();
}

}  // namespace millrace::nn
