#pragma once

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/resnet_classifier.h"

namespace millrace::bench {

/// A network of the benchmarks: (N, …) inputs to (N, 10) scores.
struct Network : torch::nn::Module {
  virtual at::Tensor forward(const at::Tensor& x) = 0;
};

struct Mlp final : Network {
  Mlp() {
    hidden = register_module("hidden", nn::Linear(784, 128));
    out = register_module("out", nn::Linear(128, 10));
  }
  at::Tensor forward(const at::Tensor& x) override { return out(at::relu(hidden(x.flatten(1)))); }
  nn::Linear hidden{nullptr}, out{nullptr};
};

struct LeNet final : Network {
  LeNet() {
    conv1 = register_module("conv1", nn::Conv2d(nn::Conv2dOptions(1, 6, 5).padding(2)));
    conv2 = register_module("conv2", nn::Conv2d(nn::Conv2dOptions(6, 16, 5)));
    fc1 = register_module("fc1", nn::Linear(400, 120));
    fc2 = register_module("fc2", nn::Linear(120, 84));
    fc3 = register_module("fc3", nn::Linear(84, 10));
  }
  at::Tensor forward(const at::Tensor& x) override {
    at::Tensor y = at::max_pool2d(at::relu(conv1(x)), 2);
    y = at::max_pool2d(at::relu(conv2(y)), 2).flatten(1);
    return fc3(at::relu(fc2(at::relu(fc1(y)))));
  }
  nn::Conv2d conv1{nullptr}, conv2{nullptr};
  nn::Linear fc1{nullptr}, fc2{nullptr}, fc3{nullptr};
};

/// The library's ResNet-20.
struct ResNet20 final : Network {
  at::Tensor forward(const at::Tensor& x) override { return net(x); }
  nn::ResNetClassifier net = register_module("net", nn::ResNetClassifier(nn::ResNetClassifierImpl::Options{
                                                        .depth = 20, .num_classes = 10, .small_images = true}));
};

/// The same network as one writes it with libtorch alone, under the same names.
struct BlockByHand final : torch::nn::Module {
  BlockByHand(int64_t in, int64_t out) {
    const auto conv = [](int64_t from, int64_t to, int64_t stride) {
      return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 3).stride(stride).padding(1).bias(false));
    };
    const int64_t stride = in == out ? 1 : 2;
    conv1 = register_module("conv1", conv(in, out, stride));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(out));
    conv2 = register_module("conv2", conv(out, out, 1));
    bn2 = register_module("bn2", torch::nn::BatchNorm2d(out));
    if (in != out)
      downsample = register_module(
          "downsample",
          torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)),
                                torch::nn::BatchNorm2d(out)));
  }
  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = bn2(conv2(bn1(conv1(x)).relu_()));
    y += downsample.is_empty() ? x : downsample->forward(x);
    return y.relu_();
  }
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  torch::nn::Sequential downsample{nullptr};
};

struct ResNet20ByHand final : Network {
  ResNet20ByHand() {
    conv1 = register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 16, 3).padding(1).bias(false)));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(16));
    int64_t channels = 16;
    for (int64_t l = 0; l < 3; ++l) {
      const auto layer = register_module("layer" + std::to_string(l + 1), std::make_shared<torch::nn::Module>());
      for (int64_t i = 0; i < 3; ++i) {
        const int64_t out = 16 << l;
        blocks.push_back(layer->register_module(std::to_string(i), std::make_shared<BlockByHand>(channels, out)));
        channels = out;
      }
    }
    fc = register_module("fc", torch::nn::Linear(64, 10));
  }
  at::Tensor forward(const at::Tensor& x) override {
    at::Tensor y = bn1(conv1(x)).relu_();
    for (const auto& block : blocks) y = block->forward(y);
    return fc(y.mean({2, 3}));
  }
  torch::nn::Conv2d conv1{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr};
  std::vector<std::shared_ptr<BlockByHand>> blocks;
  torch::nn::Linear fc{nullptr};
};

enum class Author { library, hand };
/// MLP (784), LeNet (1, 28, 28) or ResNet-20 (3, 32, 32); of the last, the library's or one of plain torch::nn modules.
inline std::shared_ptr<Network> make_network(const std::string& name, Author author) {
  if (name == "MLP") return std::make_shared<Mlp>();
  if (name == "LeNet") return std::make_shared<LeNet>();
  if (name != "ResNet-20") throw Error("no network '" + name + "': MLP, LeNet or ResNet-20");
  if (author == Author::library) return std::make_shared<ResNet20>();
  return std::make_shared<ResNet20ByHand>();
}

inline std::vector<int64_t> input_shape(const std::string& network) {
  if (network == "MLP") return {784};
  if (network == "LeNet") return {1, 28, 28};
  return {3, 32, 32};
}

}  // namespace millrace::bench
