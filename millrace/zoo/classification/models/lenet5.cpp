#include "millrace/zoo/classification/models/lenet5.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/nn/layers.h"

namespace millrace::classification {

LeNet5::LeNet5(Options options) {
  const int64_t classes = checked<LeNet5>(options).num_classes;
  features_ =
      register_module("features", nn::Sequential{nn::Conv2d(nn::Conv2dOptions(1, 6, 5)), nn::Tanh(), nn::AvgPool2d(2),
                                                 nn::Conv2d(nn::Conv2dOptions(6, 16, 5)), nn::Tanh(), nn::AvgPool2d(2),
                                                 nn::Conv2d(nn::Conv2dOptions(16, 120, 5)), nn::Tanh()});
  if (classes > 0)
    classifier_ =
        register_module("classifier", nn::Sequential{nn::Linear(120, 84), nn::Tanh(), nn::Linear(84, classes)});
}

Features LeNet5::forward(const at::Tensor& inputs) {
  const auto fits = [&](int64_t size) { return classifier_.is_empty() ? size >= 32 : size == 32; };
  if (inputs.dim() != 4 || inputs.size(1) != 1 || !fits(inputs.size(2)) || !fits(inputs.size(3)))
    throw Error(fmt::format("LeNet5 got input ({}), it takes (N, 1, 32, 32)", fmt::join(inputs.sizes(), ", ")))
        .help("dict(type='Resize', scale=32) in the pipelines");
  at::Tensor x = features_(inputs);
  if (!classifier_.is_empty()) x = classifier_(x.flatten(1));
  return {x};
}

MILLRACE_REGISTER(Backbone, LeNet5);

}  // namespace millrace::classification
