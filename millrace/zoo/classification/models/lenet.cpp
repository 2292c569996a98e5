#include "millrace/zoo/classification/models/lenet.h"

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::classification {
namespace {

int64_t of_stage(const OneOrMany<int64_t>& values, size_t stage, size_t stages, const char* key) {
  if (values.size() == 1) return values[0];
  if (values.size() != stages)
    throw Error(fmt::format("LeNet has {} widths, but {} of {}", stages, values.size(), key));
  return values[stage];
}

}  // namespace

LeNet::LeNet(Options options) : options_(checked<LeNet>(std::move(options))) {
  const auto& widths = options_.widths;
  int64_t channels = options_.in_channels, size = options_.image_size;
  for (size_t i = 0; i < widths.size(); ++i) {
    const int64_t kernel = of_stage(options_.kernel_size, i, widths.size(), "kernel_size");
    const int64_t padding = options_.padding ? of_stage(*options_.padding, i, widths.size(), "padding") : kernel / 2;
    const std::string number = std::to_string(i + 1);
    nn::Conv2d conv(nn::Conv2dOptions(channels, widths[i], kernel).padding(padding).bias(false));
    stages_.push_back(
        {register_module("conv" + number, conv), register_module("bn" + number, nn::BatchNorm2d(widths[i]))});
    channels = widths[i];
    size = (size + 2 * padding - kernel + 1) / 2;
    if (size < 1)
      throw Error(
          fmt::format("LeNet: nothing is left of images of {0} x {0} after {1} stages", options_.image_size, i + 1))
          .help(fmt::format("at most {} widths", i));
  }
  fc1_ = register_module("fc1", nn::Linear(channels * size * size, options_.hidden));
  if (options_.dropout > 0) dropout_ = register_module("dropout", nn::Dropout(options_.dropout));
}

Features LeNet::forward(const at::Tensor& inputs) {
  const int64_t size = options_.image_size;
  if (inputs.dim() != 4 || inputs.size(1) != options_.in_channels || inputs.size(2) != size || inputs.size(3) != size)
    throw Error(fmt::format("LeNet got input ({}), in_channels is {} and image_size {}",
                            fmt::join(inputs.sizes(), ", "), options_.in_channels, size))
        .help(inputs.dim() == 4 ? fmt::format("in_channels={}, image_size={}", inputs.size(1), inputs.size(2))
                                : "inputs of four dimensions: (N, C, H, W)");
  at::Tensor x = inputs;
  for (const Stage& stage : stages_) {
    // The maximum before the ReLU gives the same values and spares three quarters of it.
    x = at::relu(at::max_pool2d(stage.bn(stage.conv(x)), 2));
  }
  x = at::relu(fc1_(x.flatten(1)));
  if (!dropout_.is_empty()) x = dropout_(x);
  return {x};
}

MILLRACE_REGISTER(Backbone, LeNet);

}  // namespace millrace::classification
