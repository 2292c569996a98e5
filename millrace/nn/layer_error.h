#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

#include "millrace/base/error.h"

namespace torch::nn {
class Module;
}

namespace millrace {
struct ModuleView;
}

namespace millrace::nn {

/// What a layer refuses of its input. It knows the module: whoever runs the whole network says where in it that is.
///
///     throw nn::LayerError(module, x, ", in_channels is 3", "in_channels=1");
///
/// Text:  "Conv2d got input (2, 1, 8, 8), in_channels is 3"; after at(): "backbone.conv1: Conv2d got input …".
class LayerError final : public Error {
 public:
  /// `what` goes on behind the shape. `help` may be empty.
  LayerError(const torch::nn::Module& layer, const at::Tensor& input, std::string_view what, std::string help);
  /// With the layer's path in `network`; as it is where the layer is not in there, or is all of it.
  Error at(const ModuleView& network) const;

 private:
  const torch::nn::Module* layer_;
  std::string help_;
};

}  // namespace millrace::nn
