#pragma once

#include <string>
#include <string_view>

namespace torch::nn {
class Module;
}

namespace millrace {

/// The kind of a layer, as needed by optimizer rules, initialisation and summaries.
enum class ModuleKind { other, conv, linear, norm, embedding, activation, dropout, pooling, container };

/// A layer of PyTorch: a row of the table that classifies modules from C++, TorchScript or an exported graph.
struct LayerType {
  std::string_view name;  // of its class: "Conv2d"
  std::string_view base;  // of the class that PyTorch derives it from: "_ConvNd"
  ModuleKind kind;
};

/// The class's own name: "Conv2d" of torch::nn::Conv2dImpl, of nn::Wrapped<Conv2dImpl> its Wrapped, and of
/// TorchScript's __torch__.torch.nn.modules.conv.___torch_mangle_12.Conv2d.
std::string bare_type_name(std::string_view type);

/// Finds a layer by the bare name of its class; null if PyTorch has no such layer.
const LayerType* layer_type(std::string_view type_name);
/// The layer that a module is or derives from; null for other modules.
const LayerType* layer_type(const torch::nn::Module& module);

}  // namespace millrace
