#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "millrace/nn/layer.h"

namespace millrace::nn {

/// Modules one after the other, each from a tensor to a tensor. Every call is observed (libtorch's own Sequential
/// bypasses the holders). Names are "0", "1", … unless given, as in PyTorch.
///
///     nn::Sequential body{nn::Conv2d(nn::Conv2dOptions(3, 8, 3)), nn::ReLU()};
///     body->push_back("pool", nn::MaxPool2d(2));
///
/// In braces, since layers draw their initial weights when they are made: C++ makes what stands in braces from left to
/// right, and the arguments of a call in any order.
class SequentialImpl : public torch::nn::Module {
 public:
  SequentialImpl() = default;
  SequentialImpl(std::initializer_list<Layer> layers) {
    for (const Layer& layer : layers) push_back(layer);
  }

  void push_back(Layer layer) { push_back(std::to_string(size()), std::move(layer)); }
  void push_back(std::string name, Layer layer);

  at::Tensor forward(at::Tensor x);

  int64_t size() const { return static_cast<int64_t>(layers_.size()); }
  torch::nn::Module& operator[](int64_t i) const { return *layers_.at(static_cast<size_t>(i)).module(); }

  void pretty_print(std::ostream& stream) const override;

 private:
  std::vector<Layer> layers_;
};

class Sequential : public ModuleHolder<SequentialImpl> {
 public:
  using Impl = SequentialImpl;
  Sequential() : ModuleHolder(std::make_shared<SequentialImpl>()) {}
  Sequential(std::nullptr_t) : ModuleHolder(nullptr) {}                                    // NOLINT: as every holder
  Sequential(std::shared_ptr<SequentialImpl> module) : ModuleHolder(std::move(module)) {}  // NOLINT
  Sequential(std::initializer_list<Layer> layers) : ModuleHolder(std::make_shared<SequentialImpl>(layers)) {}
  template <class First, class Second, class... More>
  Sequential(First&&, Second&&, More&&...) = delete;  // in braces: Sequential{nn::Linear(2, 8), nn::ReLU()}
};

}  // namespace millrace::nn
