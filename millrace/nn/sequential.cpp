#include "millrace/nn/sequential.h"

#include <ostream>

namespace millrace::nn {

void SequentialImpl::push_back(std::string name, Layer layer) {
  register_module(std::move(name), layer.module());
  layers_.push_back(std::move(layer));
}

at::Tensor SequentialImpl::forward(at::Tensor x) {
  for (const Layer& layer : layers_) x = layer(x);
  return x;
}

void SequentialImpl::pretty_print(std::ostream& stream) const { stream << "millrace::nn::Sequential"; }

}  // namespace millrace::nn
