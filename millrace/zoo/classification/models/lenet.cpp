#include "millrace/zoo/classification/models/lenet.h"

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::classification {
namespace {

int64_t of_stage(const OneOrMany<int64_t>& values, size_t stage) { return values[values.size() == 1 ? 0 : stage]; }

int64_t padding_of_stage(const LeNet::Options& options, size_t stage) {
  return options.padding ? of_stage(*options.padding, stage) : of_stage(options.kernel_size, stage) / 2;
}

/// Height and width behind a stage.
int64_t size_after(const LeNet::Options& options, size_t stage, int64_t size) {
  return (size + 2 * padding_of_stage(options, stage) - of_stage(options.kernel_size, stage) + 1) / 2;
}

}  // namespace

void LeNet::check(const Options& options, Complaints& complaints) {
  const size_t stages = options.widths.size();
  const auto fits = [&](const OneOrMany<int64_t>& values, const char* key) {
    if (values.size() == 1 || values.size() == stages) return true;
    complaints.add(key, fmt::format("LeNet has {} widths, but {} of {}", stages, values.size(), key));
    return false;
  };
  bool fit = fits(options.kernel_size, "kernel_size");
  if (options.padding) fit = fits(*options.padding, "padding") && fit;
  int64_t size = options.image_size;
  for (size_t i = 0; fit && i < stages; ++i) {
    size = size_after(options, i, size);
    if (size >= 1) continue;
    complaints
        .add("image_size",
             fmt::format("LeNet: nothing is left of images of {0} x {0} after {1} stages", options.image_size, i + 1))
        .note(fmt::format("at most {} widths fit", i));
    return;
  }
}

LeNet::LeNet(Options options) : options_(checked<LeNet>(std::move(options))) {
  const auto& widths = options_.widths;
  int64_t channels = options_.in_channels, size = options_.image_size;
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    nn::Conv2d conv(nn::Conv2dOptions(channels, widths[i], of_stage(options_.kernel_size, i))
                        .padding(padding_of_stage(options_, i))
                        .bias(false));
    stages_.push_back(
        {register_module("conv" + number, conv), register_module("bn" + number, nn::BatchNorm2d(widths[i]))});
    channels = widths[i];
    size = size_after(options_, i, size);
  }
  fc1_ = register_module("fc1", nn::Linear(channels * size * size, options_.hidden));
  if (options_.dropout > 0) dropout_ = register_module("dropout", nn::Dropout(options_.dropout));
}

Features LeNet::forward(const at::Tensor& inputs) {
  const int64_t size = options_.image_size;
  if (inputs.dim() != 4 || inputs.size(1) != options_.in_channels || inputs.size(2) != size || inputs.size(3) != size)
    throw Error(fmt::format("LeNet got input ({}), in_channels is {} and image_size {}",
                            fmt::join(inputs.sizes(), ", "), options_.in_channels, size))
        .help(inputs.dim() == 4 ? fmt::format("in_channels={}, image_size={}", inputs.size(1), inputs.size(2)) : "");
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
