#pragma once

#include <string>
#include <utility>
#include <vector>

#include "millrace/nn/layer.h"

namespace millrace::nn {

/// Modules one after the other, each from a tensor to a tensor. Every call is observed (libtorch's own Sequential
/// bypasses the holders). Names are "0", "1", … unless given, as in PyTorch.
///
///     nn::Sequential body(nn::Conv2d(nn::Conv2dOptions(3, 8, 3)), nn::ReLU());
///     body->push_back("pool", nn::MaxPool2d(2));
class SequentialImpl : public torch::nn::Module {
 public:
  SequentialImpl() = default;
  template <class... Modules>
  requires(sizeof...(Modules) > 0) explicit SequentialImpl(Modules&&... modules) {
    (push_back(Layer(std::forward<Modules>(modules))), ...);
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
MILLRACE_MODULE(Sequential);

}  // namespace millrace::nn
