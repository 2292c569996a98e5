#include "millrace/zoo/classification/models/mlp.h"

#include <ATen/ops/relu.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::classification {

MLP::MLP(Options options) : in_features_(*options.in_features) {
  checked<MLP>(options);
  int64_t width = in_features_;
  for (const int64_t units : options.hidden) {
    layers_.push_back(register_module("fc" + std::to_string(layers_.size() + 1), nn::Linear(width, units)));
    width = units;
  }
  if (options.dropout > 0) dropout_ = register_module("dropout", nn::Dropout(options.dropout));
}

Features MLP::forward(const at::Tensor& inputs) {
  at::Tensor x = inputs.dim() == 2 ? inputs : inputs.flatten(1);
  if (x.size(1) != in_features_)
    throw Error(fmt::format("MLP got input ({}), and in_features is {}", fmt::join(inputs.sizes(), ", "), in_features_))
        .help(fmt::format("in_features={}", x.size(1)));
  for (nn::Linear& layer : layers_) {
    x = at::relu(layer(x));
    if (!dropout_.is_empty()) x = dropout_(x);
  }
  return {x};
}

MILLRACE_REGISTER(Backbone, MLP);

}  // namespace millrace::classification
